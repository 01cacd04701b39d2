public import Basics

extension SeededRandom {
    /// Any finite double, by its bits.
    public mutating func finiteDouble() -> Double {
        while true {
            let value = Double(bitPattern: next())
            if value.isFinite { return value }
        }
    }
}
