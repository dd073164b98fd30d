/**
 * Files of events: lines of text, CSV and JSON lines, as sources of a {@link
 * io.thalweg.runner.Runner}.
 *
 * <p>{@link io.thalweg.file.RecordFile} reads events of any type, {@link
 * io.thalweg.file.ReadingFile} a number at a time, as monitoring systems and spreadsheets export
 * it.
 *
 * <p>This is the only package that reads files. A {@code RecordFile} of CSV or JSON lines needs
 * Jackson ({@code jackson-databind}, and {@code jackson-dataformat-csv} for CSV), an optional
 * dependency; a {@code ReadingFile} needs it for JSON lines.
 */
package io.thalweg.file;
