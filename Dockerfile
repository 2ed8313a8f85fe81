# One image for every service of docker-compose.yml. docs/operators/run.md says how to run it and what can be changed.
ARG BASE_IMAGE=python:3.11-slim

# Everything from elsewhere, in its own stage: what pip was told (an index may have a password in it) stays out of the image.
FROM ${BASE_IMAGE} AS packages
# pip reads these from the environment of the RUN lines below; empty ones don't count.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_FIND_LINKS
ARG PIP_TRUSTED_HOST
ARG PIP_CERT
ARG PIP_DEFAULT_TIMEOUT
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python3 -m venv /opt/askwell
# The CPU build of PyTorch first, as in requirements/install.sh: from where pip looks anyway, else from the project's own index.
COPY requirements/torch.txt requirements/
RUN /opt/askwell/bin/pip install --no-deps -r requirements/torch.txt \
    || /opt/askwell/bin/pip install --no-deps --index-url "$TORCH_INDEX_URL" -r requirements/torch.txt
COPY requirements/run.txt requirements/
RUN /opt/askwell/bin/pip install --no-deps --require-hashes -r requirements/run.txt

FROM ${BASE_IMAGE}
# The owner of the home volume; where another user owns ./knowledge on the host, these are that user's numbers.
ARG APP_UID=1000
ARG APP_GID=1000
RUN groupadd --non-unique --gid "$APP_GID" askwell \
    && useradd --non-unique --uid "$APP_UID" --gid "$APP_GID" --no-create-home --home-dir /var/lib/askwell askwell \
    && install -d -o "$APP_UID" -g "$APP_GID" -m 0750 /var/lib/askwell
COPY --from=packages /opt/askwell /opt/askwell
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY knowledge/ knowledge/
COPY index/ index/
COPY bot/ bot/
# Editable, as `make setup` does it, so that a file the code reads beside itself lies where it does in a checkout. No network is needed.
RUN /opt/askwell/bin/pip install --no-cache-dir --no-index --no-deps --no-build-isolation --editable . \
    && /opt/askwell/bin/python -m compileall -q bot index knowledge
ENV PATH=/opt/askwell/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TOKENIZERS_PARALLELISM=false \
    HOME=/var/lib/askwell \
    ASKWELL_HOME=/var/lib/askwell
USER $APP_UID:$APP_GID
WORKDIR /var/lib/askwell
# Python turns this one into an orderly end; SIGTERM would cut it off.
STOPSIGNAL SIGINT
ENTRYPOINT ["askwell"]
CMD ["chat"]
