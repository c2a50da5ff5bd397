//! Points in time as this format wants them: UTC, milliseconds, `+00:00` (the Process Run Crate's own pattern
//! knows no `Z`).

use jiff::{Timestamp, tz::TimeZone};

use crate::error::Error;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(Timestamp);

impl Moment {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| Error::Time { text: text.to_owned() })
    }

    pub(crate) fn iso(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00").to_string()
    }

    /// Zip files know the years 1980 to 2107; outside them, the format's earliest date.
    pub(crate) fn zip(self) -> zip::DateTime {
        let civil = self.0.to_zoned(TimeZone::UTC).datetime();
        let part = |number: i8| u8::try_from(number).unwrap_or(0);
        u16::try_from(civil.year())
            .ok()
            .and_then(|year| {
                zip::DateTime::from_date_and_time(
                    year,
                    part(civil.month()),
                    part(civil.day()),
                    part(civil.hour()),
                    part(civil.minute()),
                    part(civil.second()),
                )
                .ok()
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_becomes_utc() {
        assert_eq!(Moment::parse("2026-11-21T08:41:51.1239+01:00").unwrap().iso(), "2026-11-21T07:41:51.123+00:00");
        assert_eq!(Moment::parse("2026-11-21T07:41:51Z").unwrap().iso(), "2026-11-21T07:41:51.000+00:00");
        assert_eq!(Moment::parse("2026-11-21T07:41:51Z").unwrap().zip().year(), 2026);
        assert_eq!(Moment::parse("1969-07-20T20:17:00Z").unwrap().zip(), zip::DateTime::default());
        assert!(matches!(Moment::parse("yesterday"), Err(Error::Time { .. })));
    }
}
