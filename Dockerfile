# SPDX-License-Identifier: Apache-2.0
#
# One image for all services; the command is the main class, as docker-compose.yml shows.

FROM eclipse-temurin:25-jdk AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -B -q -Dmaven.test.skip=true -pl standalone -am package \
    && mkdir /lib-hogflare \
    && cp standalone/target/lib/*.jar standalone/target/hogflare-standalone.jar /lib-hogflare/

FROM eclipse-temurin:25-jre
# The volumes take over the folder's owner when they are created.
RUN useradd --system --no-create-home --shell /usr/sbin/nologin hogflare \
    && mkdir -p /var/lib/hogflare \
    && chown hogflare /var/lib/hogflare
COPY --from=build /lib-hogflare /opt/hogflare/lib
COPY docker /opt/hogflare/bin
ENV PATH=/opt/hogflare/bin:$PATH
# RocksDB's native memory: fewer arenas keep less of it idle.
ENV MALLOC_ARENA_MAX=2
USER hogflare
WORKDIR /var/lib/hogflare
EXPOSE 8080 8081 8088
ENTRYPOINT ["/opt/hogflare/bin/run"]
CMD ["dev.hogflare.standalone.HogflareMain", "--help"]
