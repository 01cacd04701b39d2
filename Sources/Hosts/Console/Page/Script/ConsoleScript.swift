/// What makes an open page follow the system: it asks for the parts that have changed, and changes what differs.
///
/// Elements that stay keep their focus, their scrolling and whether they are open. A page that gets no answer says so
/// and loses its colours, so that nobody trusts what is old.
enum ConsoleScript {
    /// The parts of one script, which know the names of one another.
    static let parts: [StaticString] = [MorphScript.text, UpdateScript.text, ButtonScript.text, start]

    private static let start: StaticString = #"""
        document.documentElement.classList.add("js");
        // A refusal or a plan does not follow.
        if (have !== undefined) {
          // Loading the page again does not tell again what a button did.
          if (location.search) history.replaceState(null, "", path);
          // What a button did that led here is told as long as what one does here.
          forget();
          document.addEventListener("submit", press);
          document.addEventListener("visibilitychange", ask);
          document.addEventListener("freeze", sleep);
          document.addEventListener("resume", ask);
          timer = setTimeout(ask, period);
        }
        """#
}

/// Asks the console for what has changed, and tells when it does not answer.
enum UpdateScript {
    static let text: StaticString = #"""
        const period = 2000;
        // Of a tab that nobody sees: its title and icon are seen all the same.
        const hiddenPeriod = 30000;
        const patience = 10000;
        const main = document.getElementById("main");
        const lost = document.getElementById("lost");
        const icon = document.querySelector("link[rel=icon]");
        const path = main.dataset.path;
        // The versions of the parts that are shown, and the time of the newest answer.
        let { have, time } = main.dataset;
        let timer;
        let isAsking = false;

        function show(answer) {
          for (const [id, html] of Object.entries(answer.parts)) {
            const template = document.createElement("template");
            template.innerHTML = html;
            morph(document.getElementById(id), template.content.firstElementChild);
          }
          have = answer.have;
          time = answer.time;
          label(answer.title, answer.icon);
          document.documentElement.classList.remove("lost");
          lost.hidden = true;
        }

        // What is the same is not set again: browsers draw the tab anew, and readers of the screen say it.
        function label(title, address) {
          if (document.title !== title) document.title = title;
          if (icon.getAttribute("href") !== address) icon.setAttribute("href", address);
        }

        function lose(title, reason) {
          if (lost.textContent !== reason) lost.textContent = reason;
          lost.hidden = false;
          document.documentElement.classList.add("lost");
          label(title + " · Tocsin", main.dataset.lostIcon);
        }

        // The browser stops the scripts of a tab that was not seen for long.
        function sleep() {
          lose("Asleep", "The browser put this page to sleep. What you see is from " + time + ".");
        }

        async function update() {
          try {
            const answer = await fetch(path + "updates?have=" + encodeURIComponent(have), {
              headers: { Accept: "application/json" },
              signal: AbortSignal.timeout(patience)
            });
            const content = await answer.json();
            if (answer.ok) show(content);
            else lose("No answer", content.text + " What you see is from " + time + ".");
          } catch {
            lose("No answer", "The console does not answer since " + time + ". What you see is from then.");
          }
        }

        async function ask() {
          clearTimeout(timer);
          if (isAsking) return;
          isAsking = true;
          await update();
          isAsking = false;
          timer = setTimeout(ask, document.hidden ? hiddenPeriod : period);
        }
        """#
}

/// Sends what a button does without leaving the page, and tells what came of it.
enum ButtonScript {
    static let text: StaticString = #"""
        const toldFor = 30000;
        let forgetting;

        function forget() {
          clearTimeout(forgetting);
          forgetting = setTimeout(() => document.getElementById("result").textContent = "", toldFor);
        }

        function say(text, tone) {
          const result = document.getElementById("result");
          result.className = "banner " + tone;
          result.textContent = text;
          forget();
        }

        async function send(form, button) {
          try {
            const answer = await fetch(form.action, {
              method: "POST",
              headers: { Accept: "application/json" },
              body: new URLSearchParams(new FormData(form, button))
            });
            const result = await answer.json();
            say(result.text, result.tone);
          } catch {
            say("The console does not answer: it is not known whether that was done.", "bad");
          }
        }

        async function press(event) {
          const form = event.target;
          // Other forms lead to another page.
          if (form.dataset.live === undefined) return;
          event.preventDefault();
          const button = event.submitter;
          // Pressed twice is done once.
          if (button.ariaBusy === "true") return;
          button.ariaBusy = "true";
          await send(form, button);
          button.ariaBusy = null;
          ask();
        }
        """#
}
