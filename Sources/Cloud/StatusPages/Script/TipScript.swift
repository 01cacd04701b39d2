/// Shows what a place of a drawing tells, in a box beside it, and marks the place; for pointers and fingers.
enum TipScript {
    static let text: StaticString = #"""
        const tip = element("div");
        tip.id = "tip";
        tip.hidden = true;
        tip.setAttribute("role", "status");
        document.body.append(tip);
        // What the tip tells of: a drawing and a place in it.
        let shown = null;

        function drawingOf(event) {
          return event.target.closest?.("svg[data-b], svg.c");
        }

        function hideTip() {
          tip.hidden = true;
          shown = null;
          for (const mark of document.querySelectorAll(".at")) mark.remove();
        }

        function mark(drawing, place) {
          const path = document.createElementNS(drawing.namespaceURI, "path");
          path.setAttribute("class", "at");
          const bar = `M${place - 0.15} 0h1v20h-1z`;
          path.setAttribute("d", isBars(drawing) ? bar : `M${place} ${drawing.viewBox.baseVal.y}V0`);
          drawing.append(path);
        }

        // Above the drawing, or below it where there is no room.
        function placeTip(drawing, place) {
          const box = drawing.getBoundingClientRect();
          const middle = box.left + (place + 0.5) / count(drawing) * box.width;
          const left = Math.min(innerWidth - tip.offsetWidth - 8, middle - tip.offsetWidth / 2);
          const above = box.top - tip.offsetHeight - 8;
          tip.style.left = Math.max(8, left) + "px";
          tip.style.top = (above > 4 ? above : box.bottom + 8) + "px";
        }

        function showTip(drawing, wanted) {
          const place = Math.max(0, Math.min(count(drawing) - 1, wanted));
          if (shown?.drawing === drawing && shown.place === place) return;
          const lines = isBars(drawing) ? tellBar(drawing, place) : tellCurve(drawing, place);
          if (!lines) return;
          hideTip();
          // The browser would show the title above the tip.
          for (const title of drawing.querySelectorAll("title")) title.remove();
          // A moment is marked in all curves, so that shared trouble is seen.
          const marked = isBars(drawing) ? [drawing] : drawing.closest(".curves").querySelectorAll(".c");
          for (const other of marked) mark(other, place);
          shown = { drawing, place };
          drawing.place = place;
          tip.replaceChildren(...lines);
          tip.hidden = false;
          placeTip(drawing, place);
        }

        function followPointer(event) {
          const drawing = drawingOf(event);
          if (!drawing) return hideTip();
          const box = drawing.getBoundingClientRect();
          showTip(drawing, Math.floor((event.clientX - box.left) / box.width * count(drawing)));
        }

        // A drawing that moves with the page leaves its tip behind; that of the keyboard's focus is brought into view.
        function leaveBehind() {
          if (shown && shown.drawing !== document.activeElement) hideTip();
        }

        document.addEventListener("pointermove", followPointer);
        document.addEventListener("pointerdown", followPointer);
        document.documentElement.addEventListener("pointerleave", hideTip);
        addEventListener("scroll", leaveBehind, { passive: true });
        """#
}
