/**
 * Features of an event as of that event, declared once for training and for serving.
 *
 * <p>In reading order: {@link io.thalweg.feature.FeatureSet}, {@link
 * io.thalweg.feature.FeatureDefinition}, {@link io.thalweg.feature.FeatureWindow}, {@link
 * io.thalweg.feature.FeatureOperator}, {@link io.thalweg.feature.FeatureVector}, {@link
 * io.thalweg.feature.FeatureSchema}, {@link io.thalweg.feature.FeatureRow}, {@link
 * io.thalweg.feature.FeatureUnion}, {@link io.thalweg.feature.Transformers}.
 */
package io.thalweg.feature;
