// SPDX-License-Identifier: Apache-2.0
//
// What a document shows, as text: elements with their attributes, texts, and what fields hold.
// Runs in the page, for the recorded document and for the one that is played back.
export function pageState(document) {
  const lines = []
  const walk = (node, indent) => {
    if (node.nodeType === 3) {
      if (node.data.trim() !== '') lines.push(`${indent}"${node.data.trim()}"`)
      return
    }
    // A recorder replaces scripts, so that none runs in a playback.
    if (node.nodeType !== 1 || ['SCRIPT', 'NOSCRIPT'].includes(node.tagName)) return
    const attributes = [...node.attributes]
      // What fields hold is in their properties; the attributes say what they held at first. A player
      // turns completion off, and shows by classes what the mouse is over.
      .filter(({ name }) => !['value', 'checked', 'selected', 'autocomplete', 'class'].includes(name))
      .map(({ name, value }) => `${name}=${JSON.stringify(value)}`)
      .sort()
    const classes = [...node.classList].filter((name) => !name.startsWith(':'))
    if (classes.length > 0) attributes.push(`class=${JSON.stringify(classes.join(' '))}`)
    if (['INPUT', 'TEXTAREA', 'SELECT'].includes(node.tagName)) {
      attributes.push(`.value=${JSON.stringify(node.value)}`, `.checked=${node.checked === true}`)
    }
    lines.push(`${indent}<${[node.tagName.toLowerCase(), ...attributes].join(' ')}>`)
    if (node.tagName !== 'TEXTAREA') {
      for (const child of node.childNodes) walk(child, indent + '  ')
    }
    if (node.shadowRoot) {
      lines.push(`${indent}  #shadow-root`)
      for (const child of node.shadowRoot.childNodes) walk(child, indent + '    ')
    }
  }
  walk(document.body, '')
  return lines.join('\n')
}
