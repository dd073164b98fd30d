package io.thalweg.feature;

/** The features of one key. */
final class KeyFeatures {

  final FeatureState[] states;

  /** The largest timestamp of an event. */
  long newest;

  KeyFeatures(FeatureState[] states) {
    this.states = states;
  }

  void clear() {
    for (FeatureState state : states) {
      state.clear();
    }
  }
}
