package io.thalweg.examples.pricing;

import java.util.List;

/**
 * Products recommended to a user.
 *
 * @param user the user
 * @param products the products, best first
 */
record Recommendation(String user, List<String> products) {}
