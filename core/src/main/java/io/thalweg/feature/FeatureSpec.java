package io.thalweg.feature;

import java.util.function.Function;

/**
 * Declaration of a feature.
 *
 * @param feature name, type and description
 * @param phase the time at which it is read
 * @param horizon the milliseconds after which an event has no effect on it; {@link #UNBOUNDED}
 * @param compile adds its state to a plan and returns its reader
 * @param <E> the events
 */
record FeatureSpec<E>(
    FeatureSchema.Feature feature,
    Phase phase,
    long horizon,
    Function<FeaturePlan<E>, FeatureReader> compile) {

  /** The horizon of a feature on which an event has an effect for ever. */
  static final long UNBOUNDED = -1;

  /** The time at which a feature is read. */
  enum Phase {
    /** Before the event is added. */
    BEFORE,
    /** After the event is added. */
    AFTER,
    /** After all others, from their values. */
    DERIVED
  }

  String name() {
    return feature.name();
  }
}
