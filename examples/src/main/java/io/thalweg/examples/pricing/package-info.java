/**
 * Example: price proposals by demand and competition, and recommendations by what is bought
 * together.
 *
 * <p>{@link io.thalweg.examples.pricing.ShopEvent} is the event, {@link
 * io.thalweg.examples.pricing.ShopFeatures} declares the features of products and users, {@link
 * io.thalweg.examples.pricing.PriceProposals} and {@link io.thalweg.examples.pricing.Companions}
 * decide, and {@link io.thalweg.examples.pricing.PricingTopology} connects them.
 */
package io.thalweg.examples.pricing;
