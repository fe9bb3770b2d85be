package org.archipelago.acceptance;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.archipelago.eventstore.body.ArchiveCbor;
import org.axonframework.common.jdbc.DataSourceConnectionProvider;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.PostgresEventTableFactory;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.json.JacksonSerializer;

/**
 * Axon's JDBC engine on PostgreSQL, events as CBOR by the mapper that the node's log uses, neither compressed nor sealed. Each
 * append is a transaction of its own by auto-commit (all its rows go to the server in one batch), a round trip less than with
 * BEGIN and COMMIT.
 */
final class PostgresLog implements BenchedLog {
    private static final int CHUNK_EVENTS = 256; // as the node's log reads
    private static final int CONNECT_TIMEOUT_MS = 60_000;

    private final HikariDataSource connections;
    private final JdbcEventStorageEngine engine;

    /** @param connections as many as there are writers at most */
    PostgresLog(String url, int connections) {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(url);
        pool.setMaximumPoolSize(connections);
        pool.setInitializationFailTimeout(CONNECT_TIMEOUT_MS);
        this.connections = new HikariDataSource(pool);
        Serializer serializer =
                JacksonSerializer.builder().objectMapper(ArchiveCbor.mapper()).build();
        engine = JdbcEventStorageEngine.builder()
                .connectionProvider(new DataSourceConnectionProvider(this.connections))
                .transactionManager(NoTransactionManager.INSTANCE)
                .eventSerializer(serializer)
                .snapshotSerializer(serializer)
                .batchSize(CHUNK_EVENTS)
                .build();
        engine.createSchema(PostgresEventTableFactory.INSTANCE);
    }

    @Override
    public EventStorageEngine engine() {
        return engine;
    }

    @Override
    public long count() throws SQLException {
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM domainevententry")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public long scan() throws SQLException {
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false); // else the driver takes all rows at once
            statement.setFetchSize(CHUNK_EVENTS);
            try (ResultSet row = statement.executeQuery("SELECT globalindex, eventidentifier, aggregateidentifier,"
                    + " sequencenumber, type, timestamp, payloadtype, payloadrevision, payload, metadata"
                    + " FROM domainevententry ORDER BY globalindex")) {
                return rows(row);
            } finally {
                connection.rollback();
            }
        }
    }

    private static long rows(ResultSet row) throws SQLException {
        long rows = 0;
        while (row.next()) {
            for (int column = 1; column <= 10; column++) {
                row.getObject(column);
            }
            rows++;
        }
        return rows;
    }

    @Override
    public void close() {
        connections.close();
    }
}
