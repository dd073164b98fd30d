/**
 * Replay tool: detectors and windows over recorded files, plots and evaluations, without an engine.
 */
package io.thalweg.examples.replay;
