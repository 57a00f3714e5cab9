# One image for both kinds of process: web (as it is) and worker (with the command `flask worker`).
#
#   docker build -t newsletter .
#
# Settings come from the environment: docs/reference/settings.md. Nothing is written but to /tmp.

ARG PYTHON=3.13-slim

FROM python:${PYTHON} AS requirements
COPY requirements.txt /
# Ready-made wheels alone, each by its hash: nothing is compiled, and nothing comes that was not pinned.
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement /requirements.txt

FROM python:${PYTHON}
ENV PATH=/opt/venv/bin:$PATH \
    PORT=8000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# Whoever breaks in finds no installer.
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip
COPY --from=requirements /opt/venv /opt/venv
WORKDIR /app
COPY wsgi.py gunicorn.conf.py ./
COPY examples examples
COPY migrations migrations
COPY newsletter newsletter
# Readable for the user below, whatever umask the checkout was made with.
RUN python -m compileall -q newsletter migrations wsgi.py && chmod -R a+rX .

# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
