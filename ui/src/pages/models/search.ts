/** What the address of the list of models says: whether something is to be trained, and like what. */
import { isText, type Shape } from '../../lib/decode';

export interface ModelsSearch {
  /** The kind to be trained; the form is open. */
  train?: string;
  /** The model whose question is to be trained by, as it is called; its name is kept. */
  like?: string;
}

export const SHAPE: Shape<Required<ModelsSearch>> = { train: isText, like: isText };
