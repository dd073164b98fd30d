package io.thalweg.feature;

/** Type of a feature. */
public enum FeatureType {
  /** A double. NaN if it is absent, never infinite. */
  NUMBER,

  /** A string. Null if it is absent. */
  TEXT
}
