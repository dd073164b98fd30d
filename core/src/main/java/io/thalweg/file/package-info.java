/**
 * Files of events: lines of text, CSV and JSON lines, as sources of a {@link
 * io.thalweg.runner.Runner}.
 *
 * <p>This is the only package that reads files. CSV and JSON lines need Jackson ({@code
 * jackson-databind}, and {@code jackson-dataformat-csv} for CSV), an optional dependency.
 */
package io.thalweg.file;
