/// What makes an open page follow the system: it asks for the parts that have changed, and changes what differs.
///
/// Elements that stay keep their focus, their scrolling and whether they are open. A page that gets no answer says so
/// and loses its colours, so that nobody trusts what is old.
enum ConsoleScript {
    static let text: StaticString = #"""
        const main = document.getElementById("main"), lost = document.getElementById("lost"), root = document.documentElement
        const icon = document.querySelector("link[rel=icon]")
        root.classList.add("js")
        let { have, path, time } = main.dataset, timer, said, asking = false

        // Makes `old` like `wanted`. Whether details are open is the reader's choice.
        function morph(old, wanted) {
          if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) return old.replaceWith(wanted)
          if (old.isEqualNode(wanted)) return
          if (old.nodeType !== 1) { old.nodeValue = wanted.nodeValue; return }
          const kept = name => ["open", "aria-busy", "tabindex"].includes(name)
          for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name) && !kept(name)) old.removeAttribute(name)
          for (const { name, value } of wanted.attributes) {
            if (old.getAttribute(name) !== value && !kept(name)) old.setAttribute(name, value)
          }
          const named = new Map([...old.children].filter(child => child.id).map(child => [child.id, child]))
          let place = old.firstChild
          for (const child of [...wanted.childNodes]) {
            const same = child.id && named.get(child.id)
            if (same) {
              if (same === place) place = place.nextSibling
              else old.insertBefore(same, place)
              morph(same, child)
            } else if (place && !place.id && !child.id && place.nodeName === child.nodeName) {
              const next = place.nextSibling
              morph(place, child)
              place = next
            } else old.insertBefore(child, place)
          }
          while (place) { const next = place.nextSibling; place.remove(); place = next }
        }

        function show(answer) {
          for (const [id, html] of Object.entries(answer.parts)) {
            const template = document.createElement("template")
            template.innerHTML = html
            morph(document.getElementById(id), template.content.firstElementChild)
          }
          have = answer.have
          time = answer.time
          if (document.title !== answer.title) document.title = answer.title
          if (icon.getAttribute("href") !== answer.icon) icon.setAttribute("href", answer.icon)
          root.classList.remove("lost")
          lost.hidden = true
        }

        function lose(reason) {
          if (lost.textContent !== reason) lost.textContent = reason
          lost.hidden = false
          root.classList.add("lost")
          document.title = "No answer · Tocsin"
        }

        async function ask() {
          clearTimeout(timer)
          if (document.hidden || asking) return
          asking = true
          try {
            const answer = await fetch(path + "updates?have=" + encodeURIComponent(have), {
              headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10000)
            })
            const content = await answer.json()
            if (answer.ok) show(content)
            else lose(content.text + " What you see is from " + time + ".")
          } catch { lose("The console does not answer since " + time + ". What you see is from then.") }
          asking = false
          timer = setTimeout(ask, 2000)
        }

        // What a button did is told for half a minute.
        function say(text, tone) {
          const result = document.getElementById("result")
          result.className = "banner " + tone
          result.textContent = text
          clearTimeout(said)
          said = setTimeout(() => result.textContent = "", 30000)
        }

        document.addEventListener("submit", async event => {
          const form = event.target
          if (form.dataset.live === undefined || have === undefined) return
          event.preventDefault()
          const button = event.submitter
          if (button.ariaBusy === "true") return
          button.ariaBusy = "true"
          try {
            const answer = await fetch(form.action, {
              method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form, button))
            })
            const result = await answer.json()
            say(result.text, result.tone)
          } catch { say("The console does not answer: it is not known whether that was done.", "bad") }
          button.ariaBusy = null
          ask()
        })

        if (have !== undefined) {
          // Loading the page again does not tell again what a button did.
          if (location.search) history.replaceState(null, "", path)
          document.addEventListener("visibilitychange", ask)
          timer = setTimeout(ask, 2000)
        }
        """#
}
