/// Reads drawings by the keyboard: Tab reaches each group once, arrow keys go to places and to other drawings.
enum KeyScript {
    static let text: StaticString = #"""
        const sideways = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
        const upDown = { ArrowUp: -1, ArrowDown: 1 };

        // Where the reader was, or the newest place.
        function placeIn(drawing) {
          return drawing.place ?? count(drawing) - 1;
        }

        function groupOf(drawing) {
          return drawing.closest(".rows, .curves");
        }

        function drawingsIn(parent) {
          return [...parent.querySelectorAll("svg[data-b], svg.c")];
        }

        // One drawing of a group can be reached by Tab: a hundred services would be two hundred stops.
        function makeReachable() {
          for (const group of document.querySelectorAll(".rows, .curves")) {
            const drawings = drawingsIn(group);
            if (drawings.some(drawing => drawing.tabIndex === 0)) continue;
            for (const drawing of drawings) drawing.setAttribute("tabindex", drawing === drawings[0] ? 0 : -1);
          }
        }

        function watchChanges(changes) {
          const isOwn = change => change.target === tip || change.target.closest("svg");
          if (!changes.every(isOwn)) makeReachable();
        }

        function goToDrawing(drawing, step) {
          const drawings = drawingsIn(document).filter(other => other.checkVisibility?.() !== false);
          const next = drawings[drawings.indexOf(drawing) + step];
          if (!next) return;
          // Tab comes back to where the reader was.
          for (const other of drawingsIn(groupOf(drawing))) other.setAttribute("tabindex", -1);
          next.setAttribute("tabindex", 0);
          // Drawings of one time axis show the same time.
          if (count(next) === count(drawing)) next.place = drawing.place;
          next.focus();
        }

        function followKey(event) {
          if (event.key === "Escape") return hideTip();
          const drawing = drawingOf(event);
          if (!drawing) return;
          if (event.key in sideways) showTip(drawing, placeIn(drawing) + sideways[event.key]);
          else if (event.key in upDown) goToDrawing(drawing, upDown[event.key]);
          else return;
          event.preventDefault();
        }

        function followFocus(event) {
          const drawing = drawingOf(event);
          if (!drawing) hideTip();
          else if (drawing.matches(":focus-visible")) showTip(drawing, placeIn(drawing));
        }

        function loseFocus(event) {
          if (drawingOf(event)) hideTip();
        }

        document.addEventListener("keydown", followKey);
        document.addEventListener("focusin", followFocus);
        document.addEventListener("focusout", loseFocus);
        makeReachable();
        new MutationObserver(watchChanges).observe(document.body, { childList: true, subtree: true });
        """#
}
