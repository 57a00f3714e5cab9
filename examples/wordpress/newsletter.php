<?php
/**
 * Plugin Name: Newsletter sign-up form
 * Description: Shows the sign-up form of the newsletter service with a shortcode, without script, with the texts in force.
 * Version: 1.1
 * License: MIT
 *
 * Put this file into wp-content/plugins, activate it, and write where the form should be:
 *
 *     [newsletter url="https://news.example.org/newsletters/nyhedsbrev" language="da"]
 *
 * It asks form.json of that address for the texts at most once a minute. While the service does not answer, the texts
 * of the last 24 hours stand; after that, a link. Labels of fields that this file does not know can be given:
 * label_company="Firma".
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

add_shortcode( 'newsletter', 'newsletter_form_shortcode' );

/** What the form says besides the texts of the catalogue. */
function newsletter_form_words( $language ) {
	$words = array(
		'da' => array(
			'email'      => 'E-mailadresse',
			'first_name' => 'Fornavn',
			'last_name'  => 'Efternavn',
			'optional'   => '(valgfrit)',
			'topics'     => 'Emner',
			'all'        => 'Vælg det, der interesserer dig. Vælger du intet, får du dem alle.',
			'consent'    => 'Dit samtykke',
			'privacy'    => 'Privatlivspolitik',
			'voluntary'  => 'Frivilligt: Du modtager også nyhedsbrevet uden dette.',
			'trap'       => 'Lad dette felt være tomt',
			'age'        => 'Nyhedsbrevet er beregnet til personer, der er fyldt %d år.',
			'children'   => 'Nyhedsbrevet er ikke beregnet til børn.',
			'submit'     => 'Tilmeld',
		),
		'de' => array(
			'email'      => 'E-Mail-Adresse',
			'first_name' => 'Vorname',
			'last_name'  => 'Nachname',
			'optional'   => '(freiwillig)',
			'topics'     => 'Themen',
			'all'        => 'Wählen Sie, was Sie interessiert. Wenn Sie nichts wählen, erhalten Sie alle.',
			'consent'    => 'Ihre Einwilligung',
			'privacy'    => 'Datenschutzhinweise',
			'voluntary'  => 'Freiwillig: Sie erhalten den Newsletter auch ohne dies.',
			'trap'       => 'Dieses Feld bitte leer lassen',
			'age'        => 'Dieser Newsletter richtet sich an Personen ab %d Jahren.',
			'children'   => 'Dieser Newsletter ist nicht für Kinder bestimmt.',
			'submit'     => 'Anmelden',
		),
		'en' => array(
			'email'      => 'E-mail address',
			'first_name' => 'First name',
			'last_name'  => 'Last name',
			'optional'   => '(optional)',
			'topics'     => 'Topics',
			'all'        => 'Choose what interests you. If you choose nothing, you get all of them.',
			'consent'    => 'Your consent',
			'privacy'    => 'Privacy notice',
			'voluntary'  => 'Optional: you receive the newsletter without this, too.',
			'trap'       => 'Leave this empty',
			'age'        => 'This newsletter is meant for people of %d years and older.',
			'children'   => 'This newsletter is not meant for children.',
			'submit'     => 'Sign up',
		),
	);
	return isset( $words[ $language ] ) ? $words[ $language ] : $words['en'];
}

/** The form, or a link to it when nothing is known of it. */
function newsletter_form_shortcode( $attributes ) {
	$attributes = array_change_key_case( (array) $attributes );
	$url        = isset( $attributes['url'] ) ? untrailingslashit( $attributes['url'] ) : '';
	if ( ! preg_match( '#^https?://[^/]+(/.*)?/newsletters/[a-z0-9][a-z0-9_-]*$#', $url ) ) {
		return '';
	}
	$asked = isset( $attributes['language'] ) ? $attributes['language'] : substr( get_locale(), 0, 2 );
	$form  = newsletter_form_definition( $url, $asked );
	if ( null === $form ) {
		return sprintf( '<p><a href="%s">Newsletter</a></p>', esc_url( $url ) );
	}
	$language = in_array( $asked, $form['languages'], true ) ? $asked : $form['languages'][0];
	return newsletter_form_html( $url, $form, $language, $attributes );
}

/** What form.json says: fresh for a minute, and for a day when the service does not answer. The privacy notice has a language. */
function newsletter_form_definition( $url, $language ) {
	$address = $url . '/form.json?language=' . rawurlencode( $language );
	$key     = 'newsletter_form_' . md5( $address );
	$known   = get_transient( $key );
	if ( is_array( $known ) && $known['at'] > time() - 60 ) {
		return $known['form'];
	}
	$answer = wp_remote_get( $address, array( 'timeout' => 3 ) );
	if ( ! is_wp_error( $answer ) && 200 === (int) wp_remote_retrieve_response_code( $answer ) ) {
		$form = json_decode( wp_remote_retrieve_body( $answer ), true );
		if ( newsletter_form_is_sound( $form ) ) {
			set_transient( $key, array( 'at' => time(), 'form' => $form ), DAY_IN_SECONDS );
			return $form;
		}
	}
	return is_array( $known ) ? $known['form'] : null;
}

function newsletter_form_is_sound( $form ) {
	foreach ( array( 'slug', 'languages', 'fields', 'topics', 'purposes', 'privacy' ) as $part ) {
		if ( ! isset( $form[ $part ] ) ) {
			return false;
		}
	}
	return ! empty( $form['languages'] );
}

/** Everything that comes from outside is escaped where it is written. No two forms of one page share an id. */
function newsletter_form_html( $url, $form, $language, $attributes ) {
	static $number = 0;
	$words = newsletter_form_words( $language );
	$id    = 'newsletter-' . $form['slug'] . ( ++$number > 1 ? '-' . $number : '' );
	$html  = sprintf(
		'<form class="newsletter-form" method="post" action="%s" accept-charset="utf-8" lang="%s" dir="ltr">',
		esc_url( $url . '/signups' ),
		esc_attr( $language )
	);
	$html .= newsletter_form_hidden( 'language', $language ) . newsletter_form_hidden( 'source', (string) get_permalink() );
	$html .= newsletter_form_input( $id, 'email', $words['email'], 'type="email" autocomplete="email" maxlength="254" required' );
	foreach ( $form['fields'] as $field ) {
		$html .= newsletter_form_field( $id, $field['name'], $words, $attributes );
	}
	$html .= newsletter_form_topics( $id, $form['topics'], $language, $words );
	$html .= sprintf( '<fieldset><legend>%s</legend>', esc_html( $words['consent'] ) );
	$html .= sprintf( '<p><a href="%s">%s</a></p>', esc_url( $form['privacy']['url'] ), esc_html( $words['privacy'] ) );
	foreach ( $form['purposes'] as $purpose ) {
		$html .= newsletter_form_consent( $id, $purpose, $language, $words );
	}
	$html .= '</fieldset><div style="position: fixed; left: -9999px" aria-hidden="true">';
	$html .= newsletter_form_input( $id, 'website', $words['trap'], 'type="text" tabindex="-1" autocomplete="off"' );
	$html .= sprintf( '</div><p>%s</p>', esc_html( newsletter_form_audience( $form, $language, $words ) ) );
	return $html . sprintf( '<p><button type="submit">%s</button></p></form>', esc_html( $words['submit'] ) );
}

/** For whom it is: the catalogue may name a least age for a language. */
function newsletter_form_audience( $form, $language, $words ) {
	$known = isset( $form['minimum_age'][ $language ] );
	return $known ? sprintf( $words['age'], $form['minimum_age'][ $language ] ) : $words['children'];
}

function newsletter_form_hidden( $name, $value ) {
	return sprintf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
}

/** The last argument is of this file's own words, never from outside. */
function newsletter_form_input( $id, $name, $label, $more ) {
	return sprintf(
		'<p><label for="%1$s-%2$s">%3$s</label><br><input id="%1$s-%2$s" name="%2$s" %4$s></p>',
		esc_attr( $id ),
		esc_attr( $name ),
		esc_html( $label ),
		$more
	);
}

function newsletter_form_field( $id, $name, $words, $attributes ) {
	$fills = array(
		'first_name' => ' autocomplete="given-name"',
		'last_name'  => ' autocomplete="family-name"',
	);
	$label = isset( $words[ $name ] ) ? $words[ $name ] : ucfirst( str_replace( '_', ' ', $name ) );
	$label = isset( $attributes[ 'label_' . $name ] ) ? $attributes[ 'label_' . $name ] : $label;
	$more  = 'type="text" maxlength="80"' . ( isset( $fills[ $name ] ) ? $fills[ $name ] : '' );
	return newsletter_form_input( $id, $name, $label . ' ' . $words['optional'], $more );
}

function newsletter_form_topics( $id, $topics, $language, $words ) {
	if ( ! $topics ) {
		return '';
	}
	$html  = sprintf( '<fieldset><legend>%s %s</legend>', esc_html( $words['topics'] ), esc_html( $words['optional'] ) );
	$html .= sprintf( '<p>%s</p>', esc_html( $words['all'] ) );
	foreach ( $topics as $topic ) {
		$html .= newsletter_form_box( $id . '-topic-' . $topic['id'], 'topic', $topic['id'], $topic['name'][ $language ], '' );
	}
	return $html . '</fieldset>';
}

/** The text in the form's language, beside a box that nothing ticks in advance. */
function newsletter_form_consent( $id, $purpose, $language, $words ) {
	foreach ( $purpose['wordings'] as $wording ) {
		if ( $wording['language'] === $language ) {
			$box  = $id . '-consent-' . $purpose['id'];
			$hint = $purpose['required'] ? '' : sprintf( '<p id="%s-hint">%s</p>', esc_attr( $box ), esc_html( $words['voluntary'] ) );
			$more = $purpose['required'] ? ' required' : sprintf( ' aria-describedby="%s-hint"', esc_attr( $box ) );
			return $hint . newsletter_form_box( $box, 'consent', $wording['id'], $wording['text'], $more );
		}
	}
	return '';
}

function newsletter_form_box( $id, $name, $value, $label, $more ) {
	return sprintf(
		'<p><input type="checkbox" id="%1$s" name="%2$s" value="%3$s"%5$s> <label for="%1$s">%4$s</label></p>',
		esc_attr( $id ),
		esc_attr( $name ),
		esc_attr( $value ),
		esc_html( $label ),
		$more
	);
}
