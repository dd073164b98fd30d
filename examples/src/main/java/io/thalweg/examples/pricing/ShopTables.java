package io.thalweg.examples.pricing;

import io.thalweg.examples.runtime.Progress;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.jdbc.JdbcSink;
import java.nio.file.Path;
import java.util.Locale;

/** Tables {@code proposals} and {@code recommendations} of a SQLite file. */
final class ShopTables {

  private static final String PROPOSALS =
      """
      CREATE TABLE IF NOT EXISTS proposals (
        id               TEXT PRIMARY KEY, -- prices/shard/number
        product_id       TEXT NOT NULL,
        event_timestamp  INTEGER NOT NULL, -- ms since 1970: the cart that decided
        price_before     REAL NOT NULL,
        price_after      REAL NOT NULL,
        list_price       REAL NOT NULL,
        velocity         REAL NOT NULL,    -- carts of an hour as a multiple of those of a week
        competitor_price REAL,             -- null if none is recent
        guard_rail       TEXT NOT NULL)    -- none, step or range
      """;

  private static final String RECOMMENDATIONS =
      """
      CREATE TABLE IF NOT EXISTS recommendations (
        id              TEXT PRIMARY KEY, -- companions/shard/number
        user_id         TEXT NOT NULL,
        event_timestamp INTEGER NOT NULL, -- ms since 1970: the cart that asked
        product_id      TEXT NOT NULL,    -- the product in the cart
        products        TEXT NOT NULL)    -- the recommended ones, best first
      """;

  private ShopTables() {}

  static TupleMapping<PriceProposal> proposalMapping() {
    return TupleMapping.<PriceProposal>columns()
        .with("price_before", PriceProposal::before)
        .with("price_after", PriceProposal::after)
        .with("list_price", PriceProposal::listPrice)
        .with("velocity", PriceProposal::velocity)
        .with(
            "competitor_price",
            proposal ->
                Double.isNaN(proposal.competitorPrice()) ? null : proposal.competitorPrice())
        .with("guard_rail", proposal -> proposal.limit().name().toLowerCase(Locale.ROOT));
  }

  static TupleMapping<Recommendation> recommendationMapping() {
    return TupleMapping.<Recommendation>columns()
        .with("user_id", Recommendation::user)
        .with("products", recommendation -> String.join(" ", recommendation.products()));
  }

  static void prepare(Path database) {
    SqliteFile file = new SqliteFile(database);
    file.prepare(
        "proposals",
        PROPOSALS,
        "id, product_id, event_timestamp, price_before, price_after, list_price, velocity,"
            + " competitor_price, guard_rail");
    file.prepare(
        "recommendations", RECOMMENDATIONS, "id, user_id, event_timestamp, product_id, products");
  }

  static JdbcSink proposals(Path database, String run) {
    return new JdbcSink(new SqliteFile(database).url(), "proposals")
        .withSetup(PROPOSALS)
        .insertOnce()
        .withColumn("product_id", TupleFields.KEY)
        .withColumn("event_timestamp", TupleFields.TIMESTAMP)
        .withColumn("price_before", "price_before")
        .withColumn("price_after", "price_after")
        .withColumn("list_price", "list_price")
        .withColumn("velocity", "velocity")
        .withColumn("competitor_price", "competitor_price")
        .withColumn("guard_rail", "guard_rail")
        .withListener((row, changed, latency) -> Progress.of(run).stored(latency));
  }

  static JdbcSink recommendations(Path database) {
    return new JdbcSink(new SqliteFile(database).url(), "recommendations")
        .withSetup(RECOMMENDATIONS)
        .insertOnce()
        .withColumn("user_id", "user_id")
        .withColumn("event_timestamp", TupleFields.TIMESTAMP)
        .withColumn("product_id", TupleFields.KEY)
        .withColumn("products", "products");
  }
}
