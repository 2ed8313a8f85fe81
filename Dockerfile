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
# 290 MB that nothing here runs: PyTorch's test programs, its headers, and the larger packages' own tests.
RUN cd /opt/askwell/lib/python3*/site-packages \
    && rm -rf torch/test torch/include torch/share \
    && find torch/bin -type f ! -name torch_shm_manager -delete \
    && find scipy sklearn numpy matplotlib sympy networkx mpmath -type d -name tests -prune -exec rm -rf {} +

FROM ${BASE_IMAGE}
# Git commits what mentors promote. Where Debian's packages can't be reached, the image does without, and `askwell doctor` says so.
RUN command -v git || { apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*; } \
    || echo "git could not be installed: promotions will be written, but not committed" >&2
# One image for any user but root: whoever is in group 0, which has no rights of its own, may write the home.
RUN install -d -o 1000 -g 0 -m 2770 /var/lib/askwell
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
    ASKWELL_HOME=/var/lib/askwell \
    REFUSE_ROOT=1
USER 1000:0
WORKDIR /var/lib/askwell
ENTRYPOINT ["askwell"]
CMD ["chat"]
