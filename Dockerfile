# The four services in one image: `docker build -t govwatch .`, then `govwatch registry|prober|scorer|notifier`.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
# uv first, as the lock pins it; it then installs only what the lock pins.
COPY requirements.lock requirements-runtime.lock ./
RUN python3 -m venv /opt/build \
 && sed -n '/^uv==/,/[^\\]$/p' requirements.lock > uv.lock \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r uv.lock \
 && python3 -m venv --without-pip /opt/govwatch \
 && /opt/build/bin/uv pip sync --no-cache --python /opt/govwatch/bin/python --compile-bytecode \
      --require-hashes --build-constraints requirements.lock requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY shared shared
COPY demo demo
COPY services services
RUN /opt/build/bin/uv pip install --no-cache --python /opt/govwatch/bin/python --compile-bytecode \
      --no-deps --build-constraints requirements.lock . \
 && rm -f /opt/govwatch/.lock

FROM ${BASE}
LABEL org.opencontainers.image.title="govwatch" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/govwatch /opt/govwatch
COPY deploy/healthcheck /opt/govwatch/healthcheck
ENV PATH=/opt/govwatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    GOVWATCH_HTTP_HOST=0.0.0.0 \
    GOVWATCH_DATA_DIR=/tmp/govwatch
# A number, so that an orchestrator can see that it is not root. Only /tmp is ever written.
USER 10001:10001
WORKDIR /opt/govwatch
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["/opt/govwatch/healthcheck"]
ENTRYPOINT ["govwatch"]
CMD ["--help"]
