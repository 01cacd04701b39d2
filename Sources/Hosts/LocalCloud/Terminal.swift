import Glibc

/// Lines at the end of a terminal's output that are redrawn in place.
public struct LiveScreen: Sendable {
    /// How many lines are on the screen, and the width they were drawn for.
    private var drawn = 0
    private var columns: Int?

    /// A screen on which nothing is drawn.
    public init() {}

    /// The text that replaces the lines of the last call by these.
    ///
    /// It clears each line before it writes it: behind a line as wide as the terminal, that would clear the last
    /// column. Nothing flickers when it is written in one piece. Lines beyond the terminal's height are left out: the
    /// cursor could not go back to them. After a change of width the whole screen is cleared, because the terminal may
    /// have wrapped the old lines.
    /// - Parameter lines: none wider than the terminal.
    public mutating func redraw(_ lines: [String], size: TerminalTraits.Size) -> String {
        let shown = lines.prefix(max(1, size.lines - 1))
        var start = drawn > 0 ? "\u{1B}[\(drawn)A\r" : "\r"
        if columns != nil, columns != size.columns { start = "\u{1B}[H\u{1B}[J" }
        (drawn, columns) = (shown.count, size.columns)
        return start + shown.map { "\u{1B}[K\($0)\n" }.joined() + "\u{1B}[J"
    }
}

/// The size and the abilities of the terminal behind a descriptor.
public struct TerminalTraits: Sendable, Equatable {
    /// nil when the descriptor is not a terminal.
    public let size: Size?
    /// Whether to use colours.
    public let hasColour: Bool

    /// Columns and lines.
    public struct Size: Sendable, Equatable {
        /// The width in characters.
        public let columns: Int
        /// The height.
        public let lines: Int

        /// Makes a size, for tests.
        public init(columns: Int, lines: Int) {
            self.columns = columns
            self.lines = lines
        }
    }

    /// Asks the system now.
    ///
    /// Ask again before each use: a terminal's size changes.
    public init(of descriptor: Int32, environment: [String: String]) {
        guard isatty(descriptor) == 1, environment["TERM"] != "dumb" else {
            (size, hasColour) = (nil, false)
            return
        }
        var window = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        size = isKnown ? Size(columns: Int(window.ws_col), lines: Int(window.ws_row)) : Size(columns: 80, lines: 24)
        hasColour = (environment["NO_COLOR"] ?? "").isEmpty  // https://no-color.org
    }
}
