# Every program of Nearway in one image; `--target region` adds the nginx that a region endpoint runs.
FROM python:3.13-slim AS nearway
WORKDIR /opt/nearway
COPY constraints.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r constraints.txt
COPY attempt attempt
COPY contract contract
COPY demo demo
COPY discovery discovery
COPY gateway gateway
COPY nearway nearway
COPY regions regions
COPY renderer renderer
COPY templates templates
COPY worker worker
ENV PYTHONUNBUFFERED=1 PYTHONPATH=/opt/nearway
# The command, for `docker compose exec gateway nearway status`.
RUN printf '#!/bin/sh\nexec python -m nearway "$@"\n' >/usr/local/bin/nearway && chmod +x /usr/local/bin/nearway
RUN useradd --system --create-home --home-dir /var/lib/nearway nearway && install -d -o nearway /var/lib/nearway/state
# Mount a volume there: it is the ledger of a gateway, what was paid for.
ENV STATE_DIRECTORY=/var/lib/nearway/state
USER nearway
# exec, so that SIGTERM reaches the program itself.
ENTRYPOINT ["python", "-m", "nearway"]
CMD ["--help"]

FROM nearway AS region
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light && rm -rf /var/lib/apt/lists/*
USER nearway
ENV RUN_DIR=/var/lib/nearway/run
CMD ["renderer"]
