//! Times as people read them: in words near now, exactly in the title, in the reader's zone with the zone named.

use jiff::tz::TimeZone;

use crate::base::clock::Timestamp;

/// A moment as RFC 3339 has it, in UTC, such as `2026-11-30T07:00:00Z`; for files that programs read.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default().to_string()
}

/// A day such as 2026-11-25 as people read it: 25 Nov 2026. `None` when there is no such day.
pub fn written_day(day: &str) -> Option<String> {
    Some(day.parse::<jiff::civil::Date>().ok()?.strftime("%-d %b %Y").to_string())
}

/// The reader's time zone, told by a script of ours in a cookie; UTC until then.
#[derive(Debug, Clone)]
pub struct DisplayZone(TimeZone);

impl DisplayZone {
    /// The zone with this name of the IANA database; UTC where there is none.
    pub fn named(name: &str) -> Self {
        let known = if name.len() <= 64 { TimeZone::get(name).ok() } else { None };
        Self(known.unwrap_or(TimeZone::UTC))
    }

    /// UTC, for whoever's zone is not known.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// When a day begins and ends here, such as 2026-11-25; `None` when there is no such day.
    pub fn day(&self, day: &str) -> Option<(Timestamp, Timestamp)> {
        let day: jiff::civil::Date = day.parse().ok()?;
        let start = |day: jiff::civil::Date| {
            let start = day.to_zoned_datetime(self.0.clone()).ok()?.timestamp();
            Some(Timestamp::from_micros(start.as_microsecond()))
        };
        Some((start(day)?, start(day.tomorrow().ok()?)?))
    }

    /// The day that was so many days before `now` here, such as 2026-11-25.
    pub fn days_before(&self, now: Timestamp, days: i64) -> String {
        let stamp = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default();
        let today = stamp.to_zoned_datetime(self.0.clone()).date();
        today.saturating_sub(jiff::Span::new().days(days)).to_string()
    }

    /// `at` in full, as a letter says it: `Wednesday 2 December 2026, 22:08 (Berlin time)`.
    pub fn written(&self, at: Timestamp) -> String {
        let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        let local = stamp.to_zoned_datetime(self.0.clone());
        let city = self.0.iana_name().filter(|name| !name.starts_with("Etc/")).and_then(|name| name.rsplit_once('/'));
        let zone = match city {
            Some((_, city)) => format!("{} time", city.replace('_', " ")),
            None => local.strftime("%Z").to_string(),
        };
        format!("{} ({zone})", local.strftime("%A %-d %B %Y, %H:%M"))
    }

    /// `at`, seen from `now`.
    pub fn format(&self, at: Timestamp, now: Timestamp) -> FormattedTime {
        let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        let local = stamp.to_zoned_datetime(self.0.clone());
        let today =
            jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default().to_zoned_datetime(self.0.clone());
        let seconds = at.seconds_since(now);
        let days = (local.date() - today.date()).get_days();
        let text = match seconds {
            // The clocks of two machines may differ by a little.
            -44..=4 => "just now".into(),
            5..=44 => "in a moment".into(),
            -3_569..=-45 => format!("{} ago", unit(-seconds, 60, "minute")),
            _ if seconds < 0 && days == 0 => format!("{} ago", unit(-seconds, 3600, "hour")),
            _ if seconds < 0 && days == -1 => "yesterday".into(),
            45..=3_569 => format!("in {}", unit(seconds, 60, "minute")),
            3_570..=129_599 => format!("in {}", unit(seconds, 3600, "hour")),
            129_600..=2_678_400 => format!("in {}", unit(seconds, 86_400, "day")),
            _ if local.year() == today.year() => local.strftime("%-d %b").to_string(),
            _ => local.strftime("%-d %b %Y").to_string(),
        };
        FormattedTime {
            iso: stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            exact: local.strftime("%-d %b %Y, %H:%M %Z").to_string(),
            text,
        }
    }
}

/// A time, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormattedTime {
    /// For machines (RFC 3339), to the second: HTML takes three digits behind it at most.
    pub iso: String,
    /// With its zone.
    pub exact: String,
    /// In words near now, else the day.
    pub text: String,
}

fn unit(seconds: i64, length: i64, name: &str) -> String {
    let n = ((seconds + length / 2) / length).max(1);
    format!("{n} {name}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_near_now_are_words() {
        let zone = DisplayZone::utc();
        let noon = Timestamp::from_micros(1_763_985_600_000_000); // 2025-11-24 12:00 UTC
        let text = |seconds: i64| zone.format(Timestamp::from_micros(noon.micros() + seconds * 1_000_000), noon).text;
        assert_eq!(text(0), "just now");
        assert_eq!(text(-300), "5 minutes ago");
        assert_eq!(text(-7_200), "2 hours ago");
        assert_eq!(text(-86_400), "yesterday");
        assert_eq!(text(-10 * 86_400), "14 Nov");
        assert_eq!(text(-400 * 86_400), "20 Oct 2024");
        assert_eq!((text(2), text(30)), ("just now".into(), "in a moment".into()));
        assert_eq!(text(1_800), "in 30 minutes");
        assert_eq!((text(3_599), text(-3_599)), ("in 1 hour".into(), "1 hour ago".into()));
        assert_eq!(text(72 * 3_600), "in 3 days");
        let moment = zone.format(Timestamp::from_micros(noon.micros() + 673_999), noon);
        assert_eq!((moment.exact.as_str(), moment.iso.as_str()), ("24 Nov 2025, 12:00 UTC", "2025-11-24T12:00:00Z"));
    }

    #[test]
    fn letters_name_the_day_and_the_zone() {
        let noon = Timestamp::from_micros(1_763_985_600_000_000);
        for (zone, text) in [
            ("UTC", "Monday 24 November 2025, 12:00 (UTC)"),
            ("Europe/Berlin", "Monday 24 November 2025, 13:00 (Berlin time)"),
            ("America/Argentina/Buenos_Aires", "Monday 24 November 2025, 09:00 (Buenos Aires time)"),
            ("Etc/UTC", "Monday 24 November 2025, 12:00 (UTC)"),
        ] {
            assert_eq!(DisplayZone::named(zone).written(noon), text);
        }
    }
}
