/** Scores how surprising an event is, then learns from it. */
package io.thalweg.anomaly;
