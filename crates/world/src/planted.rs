//! The company's tables, told as truth.

use crate::company::{Channel, DeclinePlan, Purchase, Trait, Visits};
use crate::history;
use crate::truth::{
    Activity, Campaign, ChannelTruth, Decline, Driver, LifetimeTruth, Lift, Planted, PurchaseTruth,
};
use crate::world::{CampaignWindow, Options, World};

/// Raised when the same options would give other events.
const VERSION: u32 = 1;

impl World {
    /// What holds for the company as a whole.
    pub fn planted(&self) -> Planted {
        let Options { kind, seed, n_customers, n_days, start } = self.options;
        let company = self.company;
        let (drivers, noise): (Vec<&Trait>, Vec<&Trait>) =
            company.traits.iter().partition(|planted| planted.is_driver());
        Planted {
            version: VERSION,
            kind,
            seed,
            n_customers,
            n_days,
            start,
            end: self.timestamp(self.length),
            zone: "UTC".to_owned(),
            currency: company.currency.to_owned(),
            lifetime: LifetimeTruth {
                shape: company.lifetime.shape,
                scale_days: company.lifetime.scale_days,
                leaving_is_seen: company.is_contractual(),
            },
            activity: activity(&company.visits, self.decline),
            purchase: purchase(company.purchase),
            channels: company.channels.iter().map(channel).collect(),
            drivers: drivers.into_iter().map(driver).collect(),
            noise: noise.into_iter().map(|planted| planted.name.to_owned()).collect(),
            season: self.season.clone(),
            growth: company.growth,
            campaign: self.campaign.map(|window| self.campaign_truth(window)),
            refund_share: company.refund_share,
            late_share: history::LATE_SHARE,
            duplicate_share: history::DUPLICATE_SHARE,
            written_by_company: history::WRITTEN_BY_COMPANY.map(str::to_owned).to_vec(),
        }
    }

    fn campaign_truth(&self, window: CampaignWindow) -> Campaign {
        let plan = self.company.campaign;
        let lift = |place: usize| Lift {
            rate_ratio: plan.rate_ratio[place],
            hazard_ratio: plan.hazard_ratio[place],
        };
        Campaign {
            name: plan.name.to_owned(),
            sent_at: self.timestamp(window.sent),
            until: self.timestamp(window.until),
            share_treated: plan.share_treated,
            segment: self.company.traits[plan.segment].name.to_owned(),
            without: lift(0),
            with: lift(1),
        }
    }
}

fn activity(visits: &Visits, decline: Option<DeclinePlan>) -> Activity {
    Activity {
        opening_event: visits.opening.to_owned(),
        median_visits_per_day: visits.median_per_day,
        log_sd: visits.log_sd,
        most_visits_per_day: visits.most_per_day,
        decline: decline.map(|plan| Decline { days: plan.days, share_kept: plan.share_kept }),
    }
}

fn purchase(purchase: Purchase) -> PurchaseTruth {
    match purchase {
        Purchase::PerVisit { cart_share, order_share, .. } => {
            PurchaseTruth::PerVisit { cart_share, order_share }
        }
        Purchase::Recurring { every_days, .. } => PurchaseTruth::Recurring { every_days },
    }
}

fn channel(channel: &Channel) -> ChannelTruth {
    ChannelTruth {
        name: channel.name.to_owned(),
        share: channel.share,
        hazard_ratio: channel.hazard_ratio,
        rate_ratio: channel.rate_ratio,
    }
}

fn driver(planted: &Trait) -> Driver {
    Driver {
        name: planted.name.to_owned(),
        log_hazard: planted.log_hazard,
        log_rate: planted.log_rate,
    }
}
