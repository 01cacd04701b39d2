/// Makes an element of the page like another one, and changes only what differs.
///
/// Children with an id are the same wherever they stand; others are the same at the same place.
enum MorphScript {
    static let text: StaticString = #"""
        // The reader's, and the scripts' own: never taken from the server.
        const keptAttributes = ["open", "aria-busy", "tabindex"];

        function morph(old, wanted) {
          if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) {
            old.replaceWith(wanted);
          } else if (old.nodeType !== Node.ELEMENT_NODE) {
            if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
          } else if (!old.isEqualNode(wanted)) {
            morphAttributes(old, wanted);
            morphChildren(old, wanted);
          }
        }

        function morphAttributes(old, wanted) {
          for (const { name } of [...old.attributes]) {
            if (!wanted.hasAttribute(name) && !keptAttributes.includes(name)) old.removeAttribute(name);
          }
          for (const { name, value } of wanted.attributes) {
            if (old.getAttribute(name) !== value && !keptAttributes.includes(name)) old.setAttribute(name, value);
          }
        }

        function morphChildren(old, wanted) {
          removeUnwanted(old, wanted);
          const named = new Map();
          for (const child of old.children) {
            if (child.id) named.set(child.id, child);
          }
          // The first child that is not yet compared.
          let place = old.firstChild;
          for (const child of [...wanted.childNodes]) {
            const same = child.id && named.get(child.id);
            if (same) {
              if (same === place) place = place.nextSibling;
              else old.insertBefore(same, place);
              morph(same, child);
            } else if (place && !place.id && !child.id && place.nodeName === child.nodeName) {
              const next = place.nextSibling;
              morph(place, child);
              place = next;
            } else {
              old.insertBefore(child, place);
            }
          }
          while (place) {
            const next = place.nextSibling;
            place.remove();
            place = next;
          }
        }

        // First: what is left needs no move then, and a move would cost it the focus.
        function removeUnwanted(old, wanted) {
          const ids = new Set();
          for (const child of wanted.children) ids.add(child.id);
          for (const child of [...old.children]) {
            if (child.id && !ids.has(child.id)) child.remove();
          }
        }
        """#
}
