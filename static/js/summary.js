export function focusSummary(root) {
  const summary = root.querySelector('[data-error-summary]');
  summary?.focus();
  return Boolean(summary);
}

focusSummary(document);

// What is being mended is no longer wrong until it is sent again.
document.addEventListener('input', ({ target: field }) => {
  if (field.getAttribute('aria-invalid') !== 'true') return;
  field.removeAttribute('aria-invalid');
  field.closest('.field')?.querySelector('.error')?.remove();
});
