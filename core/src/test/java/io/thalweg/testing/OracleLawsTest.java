package io.thalweg.testing;

import io.thalweg.Processor;

/** The oracle keeps the laws that it is used to check. */
class OracleLawsTest extends WindowLaws {

  @Override
  Processor<String, Sample, Object> create(Plan plan) {
    return plan.oracle();
  }
}
