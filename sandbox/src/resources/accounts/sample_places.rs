//! Places of suggested addresses: values that pass in each country.

/// A city with its postal code, and the state where addresses have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub city: &'static str,
    pub postal_code: &'static str,
    pub state: &'static str,
}

/// The country, city, postal code and state.
const PLACES: [(&str, &str, &str, &str); 51] = [
    ("AE", "Dubai", "00000", "Dubai"),
    ("AT", "Wien", "1010", "Wien"),
    ("AU", "Sydney", "2000", "NSW"),
    ("BE", "Bruxelles", "1000", "Bruxelles"),
    ("BG", "Sofia", "1000", "Sofia"),
    ("BR", "São Paulo", "01310-100", "SP"),
    ("CA", "Toronto", "M5H 2N2", "ON"),
    ("CH", "Zürich", "8001", "ZH"),
    ("CY", "Nicosia", "1010", "Nicosia"),
    ("CZ", "Praha", "110 00", "Praha"),
    ("DE", "Berlin", "10117", "Berlin"),
    ("DK", "København", "1050", "Hovedstaden"),
    ("EE", "Tallinn", "10111", "Harju"),
    ("ES", "Madrid", "28001", "Madrid"),
    ("FI", "Helsinki", "00100", "Uusimaa"),
    ("FR", "Paris", "75001", "Île-de-France"),
    ("GB", "London", "EC1A 1BB", "London"),
    ("GI", "Gibraltar", "GX11 1AA", "Gibraltar"),
    ("GR", "Athina", "105 57", "Attiki"),
    ("HK", "Hong Kong", "999077", "Hong Kong Island"),
    ("HR", "Zagreb", "10000", "Zagreb"),
    ("HU", "Budapest", "1051", "Budapest"),
    ("ID", "Jakarta", "10110", "Jakarta"),
    ("IE", "Dublin", "D02 X285", "Co. Dublin"),
    ("IN", "Mumbai", "400001", "MH"),
    ("IT", "Roma", "00184", "RM"),
    ("JP", "Tokyo", "100-0001", "Tokyo"),
    ("LI", "Vaduz", "9490", "Vaduz"),
    ("LT", "Vilnius", "01103", "Vilnius"),
    ("LU", "Luxembourg", "1111", "Luxembourg"),
    ("LV", "Riga", "LV-1050", "Riga"),
    ("MT", "Valletta", "VLT 1117", "Valletta"),
    ("MX", "Ciudad de México", "06000", "CDMX"),
    ("MY", "Kuala Lumpur", "50050", "Kuala Lumpur"),
    ("NL", "Amsterdam", "1012 AB", "Noord-Holland"),
    ("NO", "Oslo", "0150", "Oslo"),
    ("NZ", "Auckland", "1010", "Auckland"),
    ("PL", "Warszawa", "00-001", "Mazowieckie"),
    ("PT", "Lisboa", "1100-148", "Lisboa"),
    ("RO", "București", "010011", "București"),
    ("SA", "Riyadh", "11564", "Riyadh"),
    ("SE", "Stockholm", "111 29", "Stockholm"),
    ("SG", "Singapore", "018956", "Singapore"),
    ("SI", "Ljubljana", "1000", "Ljubljana"),
    ("SK", "Bratislava", "811 01", "Bratislava"),
    ("TH", "Bangkok", "10200", "Bangkok"),
    ("TR", "Istanbul", "34110", "Istanbul"),
    ("TW", "Taipei", "100", "Taipei"),
    ("US", "South San Francisco", "94080", "CA"),
    ("VN", "Hanoi", "100000", "Hanoi"),
    ("ZA", "Cape Town", "8001", "Western Cape"),
];

/// The place in a country.
pub fn place(country: &str) -> Place {
    let known = PLACES.iter().find(|(known, ..)| *known == country);
    known.map_or(
        Place { city: "Capital", postal_code: "10000", state: "Capital" },
        |(_, city, postal_code, state)| Place { city, postal_code, state },
    )
}
