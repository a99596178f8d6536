# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /app
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
RUN groupadd --system aqueduct \
  && useradd --system --gid aqueduct --home-dir /data --shell /usr/sbin/nologin aqueduct \
  && install -d -o aqueduct -g aqueduct -m 0700 /data \
  && ln -s /app/bin/aqueduct.js /usr/local/bin/aqueduct
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/bin ./bin
COPY --from=build /app/build ./build
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/channel-config /config
USER aqueduct
VOLUME /data
# MLLP and the operations API of the shipped configuration. The API stays on the container's loopback unless api.host says otherwise.
EXPOSE 2575 8686
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "const { api } = JSON.parse(require('node:fs').readFileSync('/data/engine.json', 'utf8')); fetch(api + '/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["aqueduct", "run", "--config", "/config", "--data", "/data"]
