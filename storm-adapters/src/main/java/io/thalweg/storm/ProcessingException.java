package io.thalweg.storm;

/** Exception of a user's processor for one record. */
final class ProcessingException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  private final String sourceId;

  ProcessingException(String message, SourceRecord record, Throwable cause) {
    super(message, cause);
    this.sourceId = record.id();
  }

  /** Returns the source id of the record. */
  String sourceId() {
    return sourceId;
  }
}
