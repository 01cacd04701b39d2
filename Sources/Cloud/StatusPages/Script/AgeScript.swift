/// Tells that a page is old which nobody made again, and turns what it said into what was so at its time.
///
/// The notice (`data-made` and `data-every`, in seconds) floats above the page, and the script stands right behind the
/// first sentence, so that it runs before that is drawn: nothing moves. A page that is left open becomes old too.
public enum AgeScript {
    /// The script, which is written below the texts that it changes: elements with `data-then`.
    public static let text: StaticString = #"""
        {
          const notice = document.querySelector("[data-made]");
          const made = Number(notice.dataset.made);
          const every = Number(notice.dataset.every);
          const texts = [];
          for (const element of document.querySelectorAll("[data-then]")) {
            texts.push({ element, now: element.textContent, then: element.dataset.then });
          }
          const title = document.title;

          function span(seconds) {
            if (seconds < 120) return seconds + " seconds";
            if (seconds < 5400) return Math.floor(seconds / 60) + " minutes";
            if (seconds < 172800) return Math.floor(seconds / 3600) + " hours";
            return Math.floor(seconds / 86400) + " days";
          }

          // What has not changed is not written again: it would be read aloud each time.
          function write(element, text) {
            if (element.textContent !== text) element.textContent = text;
          }

          function tellAge() {
            const age = Date.now() / 1000 - made;
            // A page can be late by a run or two; less than ten minutes matter to nobody.
            const isOld = age > Math.max(every * 3, 600);
            let heading = title;
            for (const { element, now, then } of texts) {
              write(element, isOld ? then : now);
              if (isOld) heading = heading.replace(now, () => then);
            }
            document.title = heading;
            if (isOld) {
              write(notice, "This page is " + span(age) + " old and should be made every " + span(every)
                + ". What it shows may no longer be true.");
            }
            notice.hidden = !isOld;
            document.documentElement.classList.toggle("is-stale", isOld);
          }

          tellAge();
          setInterval(tellAge, 30000);
        }
        """#
}
