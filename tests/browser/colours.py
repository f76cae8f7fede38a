"""What of a page is hard to see, or has no name, by its own computed style."""

from playwright.async_api import Page

_FAINT = """
() => {
  const channel = (one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("noscript, .hidden, svg, template")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(numbers(style.color)), light(ground(element))].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.add(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return [...found];
}
"""

_NAMELESS = """
() => [...document.querySelectorAll("button, a, input, select, summary, dialog, [tabindex='0']")]
  .filter((one) => !one.closest("template"))
  .filter((one) => !(one.innerText?.trim() || one.textContent.trim() || one.ariaLabel || one.labels?.length
    || one.getAttribute("aria-labelledby")))
  .map((one) => one.outerHTML)
"""


async def faint(page: Page) -> list[str]:
    """Texts with less contrast than WCAG 2.2 §1.4.3 asks for at AA, with their ratios."""
    found: list[str] = await page.evaluate(_FAINT)
    return found


async def nameless(page: Page) -> list[str]:
    """What can be used and has no name that is told to who does not see it."""
    found: list[str] = await page.evaluate(_NAMELESS)
    return found
