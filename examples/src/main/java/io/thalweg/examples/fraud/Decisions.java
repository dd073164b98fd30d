package io.thalweg.examples.fraud;

import io.thalweg.Codec;
import io.thalweg.examples.runtime.DemoException;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.feature.FeatureVector;
import io.thalweg.model.Prediction;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Decisions on transactions: columns of a tuple, and table {@code decisions} of a SQLite file. A
 * row has the features as they were at the decision, for training.
 */
final class Decisions {

  static final String TRANSACTION = "transaction_id";
  static final String CUSTOMER = "customer";
  static final String AMOUNT = "amount";
  static final String SCORE = "score";
  static final String MODEL = "model";
  static final String STATUS = "status";
  static final String ALERT = "alert";
  static final String FEATURES = "features";

  /** Binary form of the column {@code features}. */
  static final Codec<FeatureVector> VECTORS = FeatureVector.codec(FraudFeatures.SCHEMA);

  private static final String CREATE =
      """
      CREATE TABLE IF NOT EXISTS decisions (
        id              TEXT PRIMARY KEY, -- scoring/topic id/partition/offset/ordinal
        transaction_id  INTEGER NOT NULL,
        customer        TEXT NOT NULL,
        terminal        TEXT NOT NULL,
        event_timestamp INTEGER NOT NULL, -- ms since 1970
        amount          REAL NOT NULL,
        score           REAL NOT NULL,
        model           TEXT,             -- version of the model
        status          TEXT NOT NULL,    -- SCORED, or the reason why the score is the fallback
        alert           INTEGER NOT NULL, -- 1 if the score reaches the threshold
        topic_id        TEXT NOT NULL,
        features        BLOB NOT NULL)
      """;

  private static final String COLUMNS =
      "id, transaction_id, customer, terminal, event_timestamp, amount, score, model, status, alert,"
          + " topic_id, features";

  /**
   * Decision of the table.
   *
   * @param transaction the transaction
   * @param score its score
   * @param model the version of the model
   * @param alert true if the score reached the threshold
   * @param features the features at the decision, as they were written
   */
  record Decision(
      Transaction transaction, double score, String model, boolean alert, byte[] features) {}

  private Decisions() {}

  /**
   * Returns the payload columns of a prediction.
   *
   * @param threshold the smallest score of an alert
   * @return the columns
   */
  static TupleMapping<Prediction<CardEvent>> mapping(double threshold) {
    return TupleMapping.<Prediction<CardEvent>>columns()
        .with(TRANSACTION, p -> p.row().event().id())
        .with(CUSTOMER, p -> p.row().event().customer())
        .with(AMOUNT, p -> ((Transaction) p.row().event()).amount())
        .with(SCORE, Prediction::score)
        .with(MODEL, Prediction::version)
        .with(STATUS, p -> p.status().name())
        .with(ALERT, p -> p.score() >= threshold ? 1 : 0)
        .with(FEATURES, p -> VECTORS.encode(p.row().vector()));
  }

  /**
   * Creates the tables unless they exist.
   *
   * @param database the SQLite file
   * @throws DemoException if a table cannot be created
   */
  static void prepare(Path database) {
    new SqliteFile(database).prepare("decisions", CREATE, COLUMNS);
    ReportFilter.prepare(database);
  }

  /**
   * Returns the sink that writes the rows.
   *
   * @param database the SQLite file
   * @return a sink for predictions
   */
  static JdbcSink sink(Path database) {
    JdbcSink sink =
        new JdbcSink(new SqliteFile(database).url(), "decisions")
            .withSetup(CREATE)
            .insertOnce()
            .withColumn("terminal", TupleFields.KEY)
            .withColumn("event_timestamp", TupleFields.TIMESTAMP)
            .withColumn("topic_id", TupleFields.TOPIC_ID);
    for (String each :
        List.of(TRANSACTION, CUSTOMER, AMOUNT, SCORE, MODEL, STATUS, ALERT, FEATURES)) {
      sink.withColumn(each, each);
    }
    return sink;
  }

  /**
   * Reads the decisions of a period.
   *
   * @param database the SQLite file
   * @param topicId the topic of the transactions; null for all
   * @param from the first event time
   * @param to the event time after the last one
   * @return the decisions, in the order of event time
   */
  static List<Decision> read(Path database, String topicId, long from, long to) {
    List<Decision> decisions = new ArrayList<>();
    new SqliteFile(database)
        .query(
            "SELECT "
                + COLUMNS
                + " FROM decisions WHERE event_timestamp >= "
                + from
                + " AND event_timestamp < "
                + to
                + " ORDER BY event_timestamp, transaction_id",
            row -> {
              if (topicId == null || topicId.equals(row.getString("topic_id"))) {
                decisions.add(
                    new Decision(
                        new Transaction(
                            row.getLong(TRANSACTION),
                            row.getLong("event_timestamp"),
                            row.getString(CUSTOMER),
                            row.getString("terminal"),
                            row.getDouble(AMOUNT)),
                        row.getDouble(SCORE),
                        row.getString(MODEL),
                        row.getInt(ALERT) == 1,
                        row.getBytes(FEATURES)));
              }
            });
    return decisions;
  }
}
