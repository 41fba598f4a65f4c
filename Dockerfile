# The program, compiled.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# The packages that it runs with. They bring what is compiled in them for every system, so none needs a script.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ARG VERSION=unknown
LABEL org.opencontainers.image.title="plane-ics" \
      org.opencontainers.image.description="Publishes Plane projects as calendars anyone can subscribe to" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
# The last one: what large calendars needed goes back to the system when they are let go.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY public ./public
COPY --from=build /app/dist ./dist
# The one folder that is written to, and the command for "docker exec".
RUN install -d -o 1000 -g 1000 -m 700 /data \
 && chmod 755 dist/main.js \
 && ln -s /app/dist/main.js /usr/local/bin/plane-ics
VOLUME /data
# The user "node", by number so that Kubernetes sees that it is not root.
USER 1000:1000
EXPOSE 8080
# By the program itself, at its socket in /data: it is right whatever HOST, PORT and PUBLIC_URL are.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/dist/main.js", "health"]
# Without a shell in between, so that signals reach the program.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
