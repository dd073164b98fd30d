package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Proof that the integration tests run with the library as a named module. */
class NamedModuleIT {

  @Test
  void library_inIntegrationTests_isNamedModule() {
    assertThat(Processor.class.getModule().getName()).isEqualTo("io.thalweg");
  }
}
