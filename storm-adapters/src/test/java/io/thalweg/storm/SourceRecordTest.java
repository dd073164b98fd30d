package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SourceRecordTest {

  /** Millions of records may wait; each would hold its own copies otherwise. */
  @Test
  void decodedRecords_shareTheNamesOfTheirTopic() {
    byte[] bytes =
        SourceRecord.CODEC.encode(
            new SourceRecord("readings", "8f3kQ0aLTn2bYw7cVxJpRg", 1, 2, "", 3L, new byte[] {4}));
    SourceRecord one = SourceRecord.CODEC.decode(bytes);
    SourceRecord other = SourceRecord.CODEC.decode(bytes);
    assertThat(one.topic()).isEqualTo("readings").isSameAs(other.topic());
    assertThat(one.topicId()).isEqualTo("8f3kQ0aLTn2bYw7cVxJpRg").isSameAs(other.topicId());
  }
}
