package io.thalweg.examples.fraud;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thalweg.model.Model;
import io.thalweg.model.ModelRelease;
import io.thalweg.model.Scoring;
import io.thalweg.model.ScoringInput;
import io.thalweg.model.TreeEnsemble;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Models that ship with the example, in LightGBM's text format, and their use. */
final class FraudModels {

  /** Format of the models. */
  static final String FORMAT = "lightgbm";

  /** First model, trained with the handbook's week: see {@code docs/fraud.md}. */
  static final String FIRST = "fraud-1";

  /** Second model, trained with the week after the first. */
  static final String SECOND = "fraud-2";

  /** Smallest score of an alert, which the training of the first model has chosen. */
  static final double THRESHOLD = 0.07;

  private FraudModels() {}

  /**
   * Returns the processor that scores rows, with the first model.
   *
   * @return a processor without state
   */
  static Scoring<String, CardEvent> scoring() {
    // region scoring
    return Scoring.<CardEvent>builder(FraudFeatures.SCHEMA)
        .format(FORMAT, FraudModels::read)
        .initial(FIRST, read(bytes(FIRST)))
        .fallback(0)
        .lateness(FraudFeatures.LATENESS)
        .build();
    // endregion
  }

  /**
   * Decodes the input of {@link #scoring}.
   *
   * @param bytes a row or a release
   * @return the input
   */
  static ScoringInput<CardEvent> decode(byte[] bytes) {
    return ScoringInput.decode(bytes, CardRows.COMPLETE);
  }

  private static Model read(byte[] bytes) {
    return TreeEnsemble.lightGbm(new String(bytes, UTF_8));
  }

  /**
   * Returns the release of a model that ships with the example.
   *
   * @param name its name
   * @param validFrom the event time from which it scores
   * @return the release
   */
  static ModelRelease release(String name, long validFrom) {
    return new ModelRelease(
        name, validFrom, FraudFeatures.SCHEMA.hash(), FORMAT, bytes(name), false);
  }

  private static byte[] bytes(String name) {
    try (InputStream file = FraudModels.class.getResourceAsStream(name + ".txt")) {
      if (file == null) {
        throw new IllegalStateException("the jar must have the model " + name + ".txt");
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
