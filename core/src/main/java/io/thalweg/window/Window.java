package io.thalweg.window;

/**
 * The bounds of a window.
 *
 * @param start the first instant, inclusive
 * @param end the end, exclusive
 */
public record Window(long start, long end) {}
