/// A sign in a shape, for how something is: the shapes differ, because not everybody tells red from green.
public enum Pictogram: Sendable {
    /// In a disc.
    case tick, minus, play, question
    /// In an octagon.
    case cross
    /// In a triangle.
    case exclamation
    /// In a square.
    case pause

    /// The outline, as the path of a square of 24.
    fileprivate var shape: String {
        switch self {
        case .tick, .minus, .play, .question: "M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21z"
        case .cross: "M7.6 1.5h8.8l6.1 6.1v8.8l-6.1 6.1H7.6l-6.1-6.1V7.6z"
        case .exclamation: "M12 1.8 23 21.5H1z"
        case .pause:
            "M4 1.5h16A2.5 2.5 0 0 1 22.5 4v16a2.5 2.5 0 0 1-2.5 2.5H4A2.5 2.5 0 0 1 1.5 20V4A2.5 2.5 0 0 1 4 1.5z"
        }
    }

    /// What stands in it.
    fileprivate var sign: String {
        switch self {
        case .tick: "m7 12.5 3.5 3.5L17 8.5"
        case .cross: "m8 8 8 8m0-8-8 8"
        case .exclamation: "M12 9v5.5m0 3v.2"
        case .pause: "M9 7.5v9m6-9v9"
        case .play: "M9.5 7.5v9l7-4.5z"
        case .question: "M9.2 9a2.8 2.8 0 1 1 4.3 2.4c-.9.6-1.5 1.2-1.5 2.3m0 3.1v.2"
        case .minus: "M7.5 12h9"
        }
    }
}

extension HTML {
    /// A pictogram; readers of the screen hear the words beside it instead.
    /// - Parameter tone: the class that gives it its colour.
    public mutating func pictogram(_ pictogram: Pictogram, tone: String, large: Bool = false) {
        let classes = "icon \(tone)\(large ? " large" : "")"
        element("svg", ["class": classes, "viewBox": "0 0 24 24", "aria-hidden": "true", "focusable": "false"]) {
            html in
            html.empty("path", ["class": "shape", "d": pictogram.shape], isSVG: true)
            html.empty("path", ["class": "sign", "d": pictogram.sign], isSVG: true)
        }
    }
}
