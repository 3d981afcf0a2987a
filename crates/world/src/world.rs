//! A company laid over a calendar: everything that is the same for all of its customers.

use std::ops::Range;

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use perennial_types::calendar::Micros;
use thiserror::Error;

use crate::company::{Company, DeclinePlan, Kind, Levels};
use crate::event::{PropertyColumn, PropertyType};
use crate::history::{self, History};
use crate::holiday::{FIRST_YEAR, LAST_YEAR};
use crate::random::Weighted;
use crate::season::{Clock, DAY, Season, days};
use crate::truth::Decline;

/// A shorter world has no room for a campaign and what comes of it.
const SHORTEST_WITH_CAMPAIGN: u32 = 120;

/// Which world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which company.
    pub kind: Kind,
    /// Seed of all randomness.
    pub seed: u64,
    /// How many customers join.
    pub n_customers: u32,
    /// How many days the world lasts, at least 1.
    pub n_days: u32,
    /// Its first day.
    pub start: Date,
}

/// Why there is no such world.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum WorldError {
    /// Not the name of a company.
    #[error("there is no company `{0}`: take `shop`, `subscription` or `app`")]
    UnknownKind(String),
    /// A world of no days.
    #[error("a world of `0` days has no room for an event: ask for at least 1 day")]
    NoDays,
    /// The holidays of some days are not known.
    #[error(
        "`{n_days}` days from `{start}` leave the years {FIRST_YEAR} to {LAST_YEAR}, for which \
         holidays are known: choose another start or fewer days"
    )]
    OutsideHolidayTable {
        /// First day asked for.
        start: Date,
        /// Number of days asked for.
        n_days: u32,
    },
    /// A share of visits that is none.
    #[error("`{0}` is no share of visits that are kept: give one from 0 to 1")]
    ShareKept(f64),
}

/// When a campaign works, in µs since the world's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CampaignWindow {
    pub(crate) sent: i64,
    pub(crate) until: i64,
}

/// A company's customers, to be asked for one by one.
///
/// Every customer has a stream of randomness of their own, so customers can be made in any order,
/// on any number of threads, and are always the same.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) options: Options,
    pub(crate) company: &'static Company,
    pub(crate) start: Micros,
    pub(crate) length: i64,
    pub(crate) season: Season,
    pub(crate) clock: Clock,
    pub(crate) joining: Clock,
    pub(crate) channels: Weighted,
    pub(crate) cities: Weighted,
    pub(crate) devices: Weighted,
    pub(crate) items: Weighted,
    pub(crate) steps: Weighted,
    pub(crate) campaign: Option<CampaignWindow>,
    pub(crate) decline: Option<DeclinePlan>,
}

impl World {
    /// The world of these options.
    ///
    /// # Errors
    /// [`WorldError::NoDays`] and [`WorldError::OutsideHolidayTable`].
    pub fn new(options: Options) -> Result<World, WorldError> {
        let Options { kind, n_days, start, .. } = options;
        let last = last_day(start, n_days)?;
        let company = Company::of(kind);
        let season = Season::new(&company.season, start, last);
        let growth =
            |day: usize| 1.0 + (company.growth - 1.0) * day as f64 / f64::from(n_days.max(2) - 1);
        let joins = days(start, n_days).enumerate();
        let joining = Clock::from_factors(
            joins.map(|(day, date)| growth(day) * season.factor(date)),
            &season.hour_share,
        );
        let start_of_world = TimeZone::UTC
            .to_timestamp(start.at(0, 0, 0, 0))
            .map_err(|_| WorldError::OutsideHolidayTable { start, n_days })?;
        Ok(World {
            options,
            company,
            start: start_of_world.as_microsecond(),
            length: i64::from(n_days) * DAY,
            clock: Clock::new(&season, start, n_days),
            joining,
            channels: Weighted::new(company.channels.iter().map(|channel| channel.share)),
            cities: Weighted::new(company.cities.iter().map(|city| city.weight)),
            devices: Weighted::new(company.devices.iter().map(|device| device.weight)),
            items: Weighted::new(company.items.iter().map(|item| item.weight)),
            steps: Weighted::new(company.visits.steps.iter().map(|step| step.weight)),
            campaign: campaign_window(company, n_days),
            decline: company.visits.decline,
            season,
        })
    }

    /// The same company, with another early signal: in the last days before a customer leaves, only
    /// a share of their visits is made. [`Planted`](crate::Planted) tells it as the decline of the
    /// activity. When customers leave stays as it was.
    ///
    /// # Errors
    /// [`WorldError::ShareKept`] for a share outside 0 to 1.
    pub fn with_decline(self, decline: Decline) -> Result<World, WorldError> {
        let Decline { days, share_kept } = decline;
        match (0.0..=1.0).contains(&share_kept) {
            true => Ok(World { decline: Some(DeclinePlan { days, share_kept }), ..self }),
            false => Err(WorldError::ShareKept(share_kept)),
        }
    }

    /// What the world was made of.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Start and end; all events happen at or after the one and before the other.
    pub fn span(&self) -> Range<Micros> {
        self.start..self.start + self.length
    }

    /// Fills `history` with everything the customer does. Numbers run from 0 to `n_customers`;
    /// a number past it gives a customer of the same company that the world does not count.
    pub fn history(&self, customer: u32, history: &mut History) {
        history::fill(self, customer, history);
    }

    /// Visits the histories of these customers in order, in memory for one customer.
    ///
    /// # Errors
    /// The first error of `visit`, which ends the walk.
    pub fn visit<E>(
        &self,
        customers: Range<u32>,
        mut visit: impl FnMut(&History) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut history = History::default();
        for customer in customers {
            self.history(customer, &mut history);
            visit(&history)?;
        }
        Ok(())
    }

    /// Every property an event of this world may have, each name once.
    pub fn properties(&self) -> Vec<PropertyColumn> {
        let column = |name, property_type| PropertyColumn { name, property_type };
        let text = |name| column(name, PropertyType::Text);
        let traits = self.company.traits.iter().map(|planted| {
            let property_type = match planted.levels {
                Levels::Flag(_) => PropertyType::Flag,
                Levels::Range(..) => PropertyType::Integer,
                Levels::Words(_) => PropertyType::Text,
            };
            column(planted.name, property_type)
        });
        ["channel", "city", "device"]
            .map(text)
            .into_iter()
            .chain(traits)
            .chain(["category", "refund_of", "campaign", "arm"].map(text))
            .collect()
    }

    /// The instant so many µs after the start.
    pub(crate) fn timestamp(&self, offset: i64) -> Timestamp {
        // Lives end within 2,738 years of a start before 2051, well inside jiff's range.
        Timestamp::from_microsecond(self.start + offset).unwrap_or(Timestamp::MAX)
    }
}

fn last_day(start: Date, n_days: u32) -> Result<Date, WorldError> {
    if n_days == 0 {
        return Err(WorldError::NoDays);
    }
    let outside = WorldError::OutsideHolidayTable { start, n_days };
    // More days than the table has would overflow nothing, but need not be tried.
    if n_days > 366 * (LAST_YEAR - FIRST_YEAR + 1) as u32 {
        return Err(outside);
    }
    match start.checked_add((i64::from(n_days) - 1).days()) {
        Ok(last) if start.year() >= FIRST_YEAR && last.year() <= LAST_YEAR => Ok(last),
        _ => Err(outside),
    }
}

/// A campaign is sent a bit after half-time, at ten in the morning.
fn campaign_window(company: &Company, n_days: u32) -> Option<CampaignWindow> {
    if n_days < SHORTEST_WITH_CAMPAIGN {
        return None;
    }
    let outcome_days = company.campaign.outcome_days.min(n_days / 4);
    let sent = i64::from(n_days * 11 / 20) * DAY + 10 * DAY / 24;
    Some(CampaignWindow { sent, until: sent + i64::from(outcome_days) * DAY })
}
