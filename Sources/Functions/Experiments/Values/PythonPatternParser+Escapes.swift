/// Escapes and sets of characters.
extension PythonPatternParser {
    /// What follows a backslash outside of a set.
    mutating func escape() throws(PythonPatternError) -> Item {
        guard let letter = next else { throw fault("bad escape (end of pattern)") }
        switch letter {
        case "A", "b", "B", "Z":
            position += 1
            return Item(text: letter == "Z" ? "\\z" : "\\\(letter)", isAnchor: true)
        case "1"..."9":
            position += 1
            return try digitEscape(letter)
        default:
            if let category = category(letter) {
                position += 1
                let text = letter == "S" ? "[^\(self.category("s") ?? "")]" : "[\(category)]"
                return Item(text: text, width: Width(1, 1))
            }
            return Item(text: Self.literal(try escapedCharacter()), width: Width(1, 1))
        }
    }

    /// A group's number, or three octal digits.
    private mutating func digitEscape(_ first: Unicode.Scalar) throws(PythonPatternError) -> Item {
        var digits = String(first)
        if let second = next, Self.isDigit(second) {
            position += 1
            digits.unicodeScalars.append(second)
            if Self.isOctal(first), Self.isOctal(second), let third = next, Self.isOctal(third) {
                position += 1
                digits.unicodeScalars.append(third)
                return Item(text: Self.literal(try octal(digits)), width: Width(1, 1))
            }
        }
        return try reference(Int(digits) ?? 0)
    }

    private func octal(_ digits: String) throws(PythonPatternError) -> Unicode.Scalar {
        guard let value = UInt8(digits, radix: 8) else {
            throw fault("octal escape value \\\(digits) outside of range 0-0o377")
        }
        return Unicode.Scalar(value)
    }

    /// `\d` and the like, as they stand in a set.
    private func category(_ letter: Unicode.Scalar) -> String? {
        switch letter {
        case "d", "D", "w", "W": "\\\(letter)"
        case "s": isASCII ? "\\s" : "\\s\\x1c-\\x1f"
        case "S": "\\S"
        default: nil
        }
    }

    /// The character that an escape stands for, in a set and outside of one; moves past its letter.
    private mutating func escapedCharacter() throws(PythonPatternError) -> Unicode.Scalar {
        guard let letter = get() else { throw fault("bad escape (end of pattern)") }
        switch letter {
        case "a": return "\u{7}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "x": return try hexadecimal(2)
        case "u": return try hexadecimal(4)
        case "U": return try hexadecimal(8)
        case "N": throw fault("\\N{…} is not supported: write the character itself")
        case "0": return try octal("0" + take(2, while: Self.isOctal))
        default:
            guard !("a"..."z" ~= letter || "A"..."Z" ~= letter) else { throw fault("bad escape \\\(letter)") }
            return letter
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(PythonPatternError) -> Unicode.Scalar {
        let digits = take(count, while: Self.isHex)
        guard digits.utf8.count == count, let value = UInt32(digits, radix: 16) else {
            throw fault("incomplete escape")
        }
        guard let scalar = Unicode.Scalar(value) else { throw fault("bad escape: \(digits) is no character") }
        return scalar
    }

    mutating func set() throws(PythonPatternError) -> String {
        var text = take("^") ? "[^" : "["
        var isEmpty = true
        while true {
            guard let scalar = get() else { throw fault("unterminated character set") }
            if scalar == "]", !isEmpty { return text + "]" }
            isEmpty = false
            let first = try element(scalar)
            guard take("-") else {
                text += first.text
                continue
            }
            guard let end = get() else { throw fault("unterminated character set") }
            if end == "]" { return text + first.text + "\\x{2d}]" }
            guard let low = first.scalar, let high = try element(end).scalar, low <= high else {
                throw fault("bad character range")
            }
            text += "\(Self.literal(low))-\(Self.literal(high))"
        }
    }

    private mutating func element(
        _ scalar: Unicode.Scalar
    ) throws(PythonPatternError) -> (text: String, scalar: Unicode.Scalar?) {
        guard scalar == "\\" else { return (Self.literal(scalar), scalar) }
        guard let letter = next else { throw fault("bad escape (end of pattern)") }
        if let category = category(letter) {
            position += 1
            return (category, nil)
        }
        var character: Unicode.Scalar
        switch letter {
        case "b":
            position += 1
            character = "\u{8}"
        case "0"..."7": character = try octal(take(3, while: Self.isOctal))
        case "8", "9": throw fault("bad escape \\\(letter)")
        default: character = try escapedCharacter()
        }
        return (Self.literal(character), character)
    }
}
