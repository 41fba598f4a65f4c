# The program, compiled.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# The packages that it needs at run time. They contain prebuilt binaries for every system, so none needs a script.
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
# MALLOC_MMAP_THRESHOLD_: memory of large calendars is returned to the system once they are freed.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY public ./public
COPY --from=build /app/dist ./dist
# The only folder that it writes to, and the command for "docker exec".
RUN install -d -o 1000 -g 1000 -m 700 /data \
 && chmod 755 dist/main.js \
 && ln -s /app/dist/main.js /usr/local/bin/plane-ics
VOLUME /data
# The user "node", by number so that Kubernetes sees that it is not root.
USER 1000:1000
EXPOSE 8080
# Through the socket in /data, so it works whatever HOST, PORT and PUBLIC_URL are.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["node", "/app/dist/main.js", "health"]
# No shell, so that signals reach the program.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve"]
