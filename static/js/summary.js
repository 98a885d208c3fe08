export function focusSummary(root) {
  const summary = root.querySelector('[data-error-summary]');
  summary?.focus();
  return Boolean(summary);
}

focusSummary(document);
