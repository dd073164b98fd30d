package io.thalweg.window;

/**
 * Half-open interval of time or of arrival numbers.
 *
 * @param start the start, inclusive
 * @param end the end, exclusive
 */
public record Window(long start, long end) {}
