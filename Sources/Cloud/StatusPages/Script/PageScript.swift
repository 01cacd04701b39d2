/// What a page does when scripts run: it tells what a bar or a curve shows, at the pointer, the finger or by arrow
/// keys.
///
/// It computes everything from the place of the pointer and the data that the drawing carries (see ``ServiceBars`` and
/// ``ResponseChart``), and listens at the document, so parts of the page can be replaced at any time. Text only ever
/// becomes text.
public enum PageScript {
    /// The parts of one script, which know the names of one another.
    public static let parts: [StaticString] = [DrawingScript.text, TipScript.text, KeyScript.text]
}

/// Says in words what a bar or a point of a curve shows.
///
/// A drawing has `count(drawing)` places, from 0 on the left; what is told of one is a list of elements.
enum DrawingScript {
    static let text: StaticString = #"""
        const words = { u: "Up", g: "Degraded", d: "Down", m: "Maintenance", n: "No data" };
        const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
        const moment = { day: "numeric", month: "short", ...clock };
        const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
        const hour = 3600e3;

        function element(name, className, text) {
          const made = document.createElement(name);
          if (className) made.className = className;
          if (text) made.textContent = text;
          return made;
        }

        function isBars(drawing) {
          return drawing.matches(".b");
        }

        function count(drawing) {
          return drawing.viewBox.baseVal.width;
        }

        function zoneOf(drawing) {
          return drawing.closest("[data-z]")?.dataset.z || "UTC";
        }

        function date(milliseconds, options, timeZone) {
          try {
            return new Intl.DateTimeFormat("en-GB", { ...options, timeZone }).format(milliseconds);
          } catch {
            // The browser does not know the zone.
            return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(milliseconds) + " UTC";
          }
        }

        // Cut, not rounded: 99.999 is not 100. The small number is for fractions such as 0.29, which is a little less.
        function percent(share) {
          return (Math.floor(share * 10000 + 1e-9) / 100).toFixed(2) + " %";
        }

        function duration(milliseconds) {
          if (milliseconds < 1000) return Math.round(milliseconds) + " ms";
          return Math.round(milliseconds / 10) / 100 + " s";
        }

        // `52u,d12/288.0,d7.0`: the number of equal bars, the state, failures and attempts, the place of the cause in
        // the list of all bars. Attempts that are not there are those of the failures before.
        function readBar(drawing, place) {
          let end = 0;
          let attempts = 0;
          for (const part of drawing.dataset.b.split(",")) {
            const [, bars, state, failures, all, cause] = /^(\d*)([a-z])(?:(\d+)(?:\/(\d+))?)?(?:\.(\d+))?$/.exec(part);
            if (all) attempts = Number(all);
            end += Number(bars) || 1;
            if (place >= end) continue;
            const causes = frameOf(drawing).c.split("\n");
            return { state, failures: Number(failures), attempts: failures && attempts, cause: cause && causes[cause] };
          }
        }

        // Of the element that has what its bars share.
        function frameOf(drawing) {
          return drawing.closest("[data-c]").dataset;
        }

        function barTime(drawing, place) {
          const frame = frameOf(drawing);
          if (drawing.classList.contains("days")) {
            // Days are named, not counted in hours: one of them can have 23 or 25.
            return date(Date.parse(frame.day) + place * 24 * hour, day, "UTC");
          }
          const start = frame.hour * 1000 + place * hour;
          const zone = zoneOf(drawing);
          return date(start, moment, zone) + " to " + date(start + hour, clock, zone);
        }

        function tellBar(drawing, place) {
          const bar = readBar(drawing, place);
          if (!bar) return;
          let text = words[bar.state];
          if (bar.attempts) text += ": " + percent((bar.attempts - bar.failures) / bar.attempts) + " available";
          else if (bar.state === "u") text += ": 100 % available";
          const line = element("span");
          line.append(element("i", bar.state), text);
          const lines = [element("b", "", barTime(drawing, place)), line];
          if (bar.attempts) lines.push(element("span", "", bar.failures + " of " + bar.attempts + " results failed"));
          if (bar.cause) lines.push(element("span", "", bar.cause));
          return lines;
        }

        // The path is the data: `M0-142l1-3 1 5` is 142 ms in step 0, 145 ms in step 1 and 140 ms in step 2.
        function tellCurve(drawing, place) {
          const { s: start, step } = drawing.closest(".curves").dataset;
          const name = drawing.parentElement.firstElementChild.textContent;
          let value = "not timed";
          let x = 0;
          let y = 0;
          const path = drawing.querySelector(".line").getAttribute("d");
          for (const [, isPlace, right, down] of path.matchAll(/(M?)(\d+)(?: |(?=-))(-?\d+)/g)) {
            x = Number(right) + (isPlace ? 0 : x);
            y = Number(down) + (isPlace ? 0 : y);
            if (x === place) value = duration(-y);
          }
          const time = (Number(start) + place * step) * 1000;
          return [element("b", "", date(time, moment, zoneOf(drawing))), element("span", "", name + ": " + value)];
        }
        """#
}
