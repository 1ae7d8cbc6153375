/** The probabilities that logits stand for, a Float32Array. */
export function softmax(logits) {
  const most = Math.max(...logits);
  const parts = Float64Array.from(logits, (one) => Math.exp(one - most));
  const total = parts.reduce((sum, one) => sum + one, 0);
  return Float32Array.from(parts, (one) => one / total);
}
