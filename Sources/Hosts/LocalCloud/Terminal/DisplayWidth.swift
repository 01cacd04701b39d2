extension String {
    /// How many columns a terminal gives the text: two for East Asian wide characters and emoji, one for any other.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text with every control character replaced, so that no name can steer the terminal.
    var printable: String {
        let isControl: (Unicode.Scalar) -> Bool = {
            $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
        }
        return String(map { $0.unicodeScalars.contains(where: isControl) ? "\u{FFFD}" : $0 })
    }

    /// The text cut to this many columns, with an ellipsis for what is missing.
    func cut(to width: Int) -> String {
        guard displayWidth > width else { return self }
        guard width > 0 else { return "" }
        var used = 1
        return prefix {
            used += $0.displayWidth
            return used <= width
        } + "…"
    }
}

extension Character {
    fileprivate var displayWidth: Int {
        guard let scalar = unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
