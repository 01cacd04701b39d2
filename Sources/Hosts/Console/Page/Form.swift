internal import Markup

/// Buttons: each is a form of its own, which works without scripts.
struct Form {
    let path: String
    let token: String

    /// Writes a button that posts an action with these fields.
    ///
    /// - Parameters:
    ///   - describedFor: what it is for, when the text alone does not tell; read aloud only.
    func button(
        _ text: String, _ action: StaticString, fields: [(name: String, value: String)] = [],
        describedFor subject: String = "",
        classes: String = "", isLive: Bool = true, _ html: inout HTML
    ) {
        let attributes: HTML.Attributes =
            isLive
            ? ["method": "post", "action": "\(path)\(action)", "data-live": ""]
            : ["method": "post", "action": "\(path)\(action)"]
        html.element("form", attributes) { html in
            for field in [("form", token)] + fields.map({ ($0.name, $0.value) }) {
                html.empty("input", ["type": "hidden", "name": field.0, "value": field.1])
            }
            html.element("button", ["class": "button \(classes)"]) { html in
                html.text(text)
                if !subject.isEmpty { html.element("span", ["class": "aloud"], " \(subject)") }
            }
        }
    }

    /// Writes a form without a button, for buttons elsewhere in the page.
    func shared(_ id: StaticString, _ action: StaticString, _ html: inout HTML) {
        html.element("form", ["id": "\(id)", "method": "post", "action": "\(path)\(action)", "data-live": ""]) { html in
            html.empty("input", ["type": "hidden", "name": "form", "value": token])
        }
    }

    /// Writes a button of a shared form, which sends one field.
    func button(
        _ text: String, of form: StaticString, name: String, value: String, describedFor subject: String,
        _ html: inout HTML
    ) {
        html.element("button", ["class": "button", "form": "\(form)", "name": name, "value": value]) { html in
            html.text(text)
            html.element("span", ["class": "aloud"], " \(subject)")
        }
    }
}
